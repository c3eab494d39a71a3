import json,linecache,socket,struct,sys,types
s=socket.socket(fileno=3)
def take(n):
    b=bytearray()
    while len(b)<n:
        d=s.recv(n-len(b))
        if not d: sys.exit(0)
        b+=d
    return bytes(b)
for n,t in json.loads(take(struct.unpack("<Q",take(8))[0])):
    m=sys.modules[n]=types.ModuleType(n);m.__file__=f="<%s>"%n
    linecache.cache[f]=(len(t),None,t.splitlines(True),f)
    exec(compile(t,f,"exec"),m.__dict__)
s.detach()
sys.modules["roost_worker"].main()
