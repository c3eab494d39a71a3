/// Two packages whose newest versions do not run together, although their metadata lets a resolver take both.
struct SilentConflict {
    /// A line of a lock that starts so has the first of the two.
    let line: String
    /// A line of a lock that starts so has the second.
    let package: String
    /// The first major version of the second that is too new.
    let tooNew: Int
    /// Whether the first needs the second, without saying so.
    var isNeeded = false
    /// The requirement that avoids it.
    let instead: String

    static let all = [
        // pyarrow's wheels are built for NumPy 2, and say nothing of NumPy.
        SilentConflict(line: "numpy==1.", package: "pyarrow==", tooNew: 20, instead: "pyarrow<20"),
        // These import pkg_resources, which conda's Python always has.
        SilentConflict(line: "mlflow==1.", package: "setuptools==", tooNew: 82, isNeeded: true, instead: "setuptools<82"),
        SilentConflict(line: "mlflow==2.", package: "setuptools==", tooNew: 82, isNeeded: true, instead: "setuptools<82"),
    ]

    func occurs(in lock: String) -> Bool {
        let lines = lock.split(separator: "\n")
        guard lines.contains(where: { $0.hasPrefix(line) }) else { return false }
        guard let other = lines.first(where: { $0.hasPrefix(package) }) else { return isNeeded }
        return (Int(other.dropFirst(package.count).prefix { $0.isNumber }) ?? 0) >= tooNew
    }
}
