import Foundation
import Inference
import Testing
import Types

extension RealWorkers {
    /// What a model's code must not be able to do, and what becomes of calls when it tries.
    struct HostileModelTests {
        private func method() throws -> LoadedMethod {
            try ModelFixture.load(
                "hostile", in: ModelFixture.strict.get(), inputs: [("WHAT", "VARCHAR")], outputs: [("R", "VARCHAR")])
        }

        private func ask(_ what: String, cancellation: Cancellation? = nil) throws -> String? {
            try method().run([TestColumn([what])], rows: 1, cancellation: cancellation).columns[0].string(0)
        }

        @Test func anExceptionComesWithItsTraceback() throws {
            let pid = try ask("pid")
            let error = #expect(throws: RegistryError.self) { try ask("raise") }
            #expect(error?.code == .modelFailed)
            #expect(error?.detail["code"] == "100357")
            #expect(error?.message.hasPrefix("Python Interpreter Error:\nTraceback (most recent call last):") == true)
            #expect(error?.message.contains("KeyError: 'a wrong key'") == true)
            #expect(error?.message.hasSuffix(" in function PREDICT with handler functions.predict.infer") == true)
            #expect(error?.message.contains("roost_") == false)
            #expect(try ask("pid") == pid, "the worker lives on")
        }

        @Test(arguments: ["loop", "spin"])
        func anEndlessCallIsStopped(_ what: String) throws {
            let error = #expect(throws: RegistryError.self) { try ask(what) }
            #expect(error?.code == .timeout)
            #expect(error?.message.contains("3 s") == true)
            #expect(try ask("tmp") == "ok")
        }

        @Test func aCallIsCancelledAtOnce() throws {
            _ = try ask("pid")
            let cancellation = Cancellation()
            Thread.detachNewThread {
                Thread.sleep(forTimeInterval: 0.3)
                cancellation.cancel()
            }
            let error = #expect(throws: RegistryError.self) { try ask("loop", cancellation: cancellation) }
            #expect(error?.code == .cancelled)
            #expect(throws: RegistryError.self) { try ask("pid", cancellation: cancellation) }
            #expect(try ask("tmp") == "ok")
        }

        @Test func aMemoryEaterMeetsItsLimit() throws {
            let error = #expect(throws: RegistryError.self) { try ask("memory") }
            #expect(error?.code == .modelFailed)
            #expect(error?.text.contains("300 MB") == true)
            #expect(error?.text.contains("worker-memory") == true)
            #expect(try ask("tmp") == "ok")
        }

        @Test(arguments: [("exit", "status 3"), ("abort", "signal 6")])
        func anEndOfTheProcessIsTold(_ what: String, _ words: String) throws {
            let error = #expect(throws: RegistryError.self) { try ask(what) }
            #expect(error?.code == .modelFailed)
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
            #expect(try ask("tmp") == "ok")
        }

        @Test func sysExitIsAnException() throws {
            let error = #expect(throws: RegistryError.self) { try ask("sysexit") }
            #expect(error?.message.contains("SystemExit: 4") == true)
        }

        @Test func aKilledWorkerFailsOnlyItsOwnCall() throws {
            _ = try ask("pid")
            let before = try ModelFixture.strict.get().metrics
            let failures = Failures()
            let method = try method()
            DispatchQueue.concurrentPerform(iterations: 2) { thread in
                if thread == 0 {
                    do {
                        _ = try method.run([TestColumn(["loop"])], rows: 1)
                        failures.add("survived")
                    } catch let error as RegistryError {
                        if !error.message.contains("was killed by signal 9") { failures.add(error.message) }
                        if !error.text.contains("can be repeated") { failures.add(error.text) }
                    } catch {
                        failures.add("\(error)")
                    }
                } else {
                    Thread.sleep(forTimeInterval: 0.5)
                    do {
                        if try !ProcessTable.killWorkers() { failures.add("no worker found") }
                    } catch {
                        failures.add("\(error)")
                    }
                }
            }
            #expect(failures.all.isEmpty, "\(failures.all)")
            #expect(try ask("tmp") == "ok")
            #expect(try ModelFixture.strict.get().metrics.workerDeaths > before.workerDeaths)
        }

        @Test(arguments: [
            "read /etc/passwd", "read /etc/shadow", "read /proc/1/environ", "list /root", "list /home", "socket 22",
            "unix /run/x.sock", "exec", "spawn", "fork", "killparent", "ptrace", "write /tmp/x", "write /usr/x",
            "write /etc/x", "write /run/roost/x", "list /run/roost",
        ])
        func theSandboxRefuses(_ what: String) throws {
            let answer = try ask(what) ?? ""
            #expect(answer.hasPrefix("refused"), "\(what): \(answer)")
        }

        @Test func otherVersionsCantBeRead() throws {
            let versions = try ModelFixture.packages.get()
            let own = versions.appending(path: "hostile/MANIFEST.yml").path
            let other = versions.appending(path: "forest/MANIFEST.yml").path
            #expect(try ask("read \(own)") == "read 10")
            #expect(try ask("write \(own)")?.hasPrefix("refused") == true)
            #expect(try ask("read \(other)")?.hasPrefix("refused") == true)
            #expect(try ask("list \(versions.path)")?.hasPrefix("refused") == true)
            #expect(try ask("read \(#filePath)")?.hasPrefix("refused") == true)
        }

        @Test func theEnvironmentHoldsNothingOfTheServer() throws {
            let names = try ask("environ") ?? ""
            #expect(!names.contains("ROOST"))
            #expect(!names.contains("SSL_CERT"))
            #expect(names.contains("OMP_NUM_THREADS"))
        }

        @Test(arguments: [("tmp", "ok"), ("async", "ok"), ("threads", "4"), ("print 300000", "printed")])
        func whatModelsNeedWorks(_ what: String, _ answer: String) throws {
            #expect(try ask(what) == answer)
        }

        @Test func aPickleThatOpensASocketFailsToLoad() throws {
            let method = try ModelFixture.load(
                "broken", in: ModelFixture.strict.get(), inputs: [("A", "FLOAT")],
                outputs: [("output_feature_0", "FLOAT")])
            let error = #expect(throws: RegistryError.self) { try method.prepare() }
            #expect(error?.code == .modelFailed)
            #expect(error?.message.contains("Error") == true)
        }

        @Test func aMissingHandlerIsNamed() throws {
            let method = try ModelFixture.load(
                "hostile", "absent", in: ModelFixture.strict.get(), inputs: [("A", "FLOAT")], outputs: [("B", "FLOAT")])
            let error = #expect(throws: RegistryError.self) { try method.prepare() }
            #expect(error?.message.contains("ModuleNotFoundError: No module named 'functions.absent'") == true)
        }
    }
}
