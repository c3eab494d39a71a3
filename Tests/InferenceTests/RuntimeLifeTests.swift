import Foundation
import Inference
import Testing
import Types

extension RealWorkers {
    /// Starting, retiring, ending; environments and the sandbox's probe.
    struct RuntimeLifeTests {
        private func small(_ runtime: ModelRuntime) throws -> LoadedMethod {
            try ModelFixture.load("small", in: runtime, inputs: [("X", "FLOAT")], outputs: [("ROWS", "BIGINT")])
        }

        @Test func shutdownEndsEverythingSoon() throws {
            let runtime = try ModelFixture.runtime()
            let before = Set(try ProcessTable.modelProcesses())
            let method = try small(runtime)
            _ = try method.run([TestColumn(.double, [1.0] as [Double?])], rows: 1)
            let started = Set(try ProcessTable.modelProcesses()).subtracting(before)
            #expect(started.count >= 2)
            runtime.shutdown()
            let deadline = ContinuousClock.now + .seconds(30)
            while ContinuousClock.now < deadline, started.contains(where: { kill($0, 0) == 0 }) {
                Thread.sleep(forTimeInterval: 0.02)
            }
            #expect(started.allSatisfy { kill($0, 0) != 0 })
            #expect(throws: RegistryError.self) { try method.run([TestColumn(.double, [1.0] as [Double?])], rows: 1) }
        }

        @Test func idleWorkersAreRetiredAndComeBack() throws {
            let runtime = try ModelFixture.runtime { $0.workerIdleSeconds = 0.3 }
            defer { runtime.shutdown() }
            let method = try small(runtime)
            let column = TestColumn(.double, [1.0] as [Double?])
            _ = try method.run([column], rows: 1)
            #expect(runtime.metrics.workersAlive == 1)
            let deadline = ContinuousClock.now + .seconds(5)
            while runtime.metrics.workersAlive > 0, ContinuousClock.now < deadline {
                Thread.sleep(forTimeInterval: 0.05)
            }
            #expect(runtime.metrics.workersAlive == 0)
            _ = try method.run([column], rows: 1)
            #expect(runtime.metrics.workerStarts == 2)
            #expect(runtime.metrics.calls == 2)
            #expect(runtime.metrics.rows == 2)
        }

        @Test func anIdleWorkerGivesWayToAnotherMethod() throws {
            let runtime = try ModelFixture.runtime { $0.maximumWorkers = 1 }
            defer { runtime.shutdown() }
            let one = try small(runtime)
            let two = try ModelFixture.load(
                "parts", "each", in: runtime, inputs: [("X", "FLOAT")], outputs: [("DOUBLED", "FLOAT")])
            let column = TestColumn(.double, [1.0] as [Double?])
            for _ in 0..<2 {
                _ = try one.run([column], rows: 1)
                _ = try two.run([column], rows: 1)
            }
            #expect(runtime.metrics.workerStarts == 4)
            #expect(runtime.metrics.workersAlive == 1)
            let failures = Failures()
            DispatchQueue.concurrentPerform(iterations: 6) { index in
                do {
                    _ = try (index % 2 == 0 ? one : two).run([TestColumn(.double, [1.0] as [Double?])], rows: 1)
                } catch {
                    failures.add("\(error)")
                }
            }
            #expect(failures.all.isEmpty)
        }

        @Test func aKilledEnvironmentIsStartedAgain() throws {
            let runtime = try ModelFixture.runtime()
            defer { runtime.shutdown() }
            let before = Set(try ProcessTable.modelProcesses())
            let method = try small(runtime)
            let column = TestColumn(.double, [1.0] as [Double?])
            _ = try method.run([column], rows: 1)
            for pid in Set(try ProcessTable.modelProcesses()).subtracting(before) { kill(pid, SIGKILL) }
            let error = #expect(throws: RegistryError.self) { try method.run([column], rows: 1) }
            #expect(error?.code == .modelFailed)
            #expect(try method.run([column], rows: 1).rows == 1)
        }

        @Test func withoutBubblewrapModelsDoNotRun() throws {
            let runtime = try ModelFixture.runtime { $0.bubblewrap = "/nonexistent/bwrap" }
            defer { runtime.shutdown() }
            let error = #expect(throws: RegistryError.self) { try runtime.warmUp() }
            #expect(error?.code == .unavailable)
            #expect(error?.text.contains("sandbox") == true)
        }

        @Test(arguments: [RuntimeConfiguration.Sandbox.partial, .off])
        func withLessSandboxModelsStillRun(_ sandbox: RuntimeConfiguration.Sandbox) throws {
            let runtime = try ModelFixture.runtime {
                $0.bubblewrap = "/nonexistent/bwrap"
                $0.sandbox = sandbox
            }
            defer { runtime.shutdown() }
            let method = try ModelFixture.load(
                "hostile", in: runtime, inputs: [("WHAT", "VARCHAR")], outputs: [("R", "VARCHAR")])
            let output = try method.run([TestColumn(["read /etc/passwd", "socket 1", "tmp"])], rows: 3)
            let isRefused = output.columns[0].strings[0]?.hasPrefix("refused")
            #expect(isRefused == (sandbox == .partial))
            #expect(
                output.columns[0].strings[1]
                    == (sandbox == .partial ? "refused PermissionError" : "refused ConnectionRefusedError"))
            #expect(output.columns[0].strings[2] == "ok")
        }

        @Test func theProbeTellsEveryLayer() throws {
            let probe = SandboxProbe(try ModelFixture.configuration())
            #expect(
                probe.layers.map(\.name) == ["bubblewrap", "namespaces", "landlock", "seccomp", "rlimits", "cgroup"])
            #expect(probe.layers.prefix(5).allSatisfy { $0.works }, "\(probe.lines)")
            #expect(probe.lines.allSatisfy { !$0.contains("\n") })
            try probe.check(.full)
            var configuration = try ModelFixture.configuration()
            configuration.bubblewrap = "/nonexistent/bwrap"
            #expect(throws: RegistryError.self) { try SandboxProbe(configuration).check(.full) }
        }

        @Test func theBaseEnvironmentServesWhatItSatisfies() throws {
            let runtime = try ModelFixture.runtime { $0.uv = "/nonexistent/uv" }
            defer { runtime.shutdown() }
            func load(_ requirements: [(String, String)], python: String? = nil) throws {
                let spec = EnvironmentSpec(
                    pythonVersion: python, requirements: requirements.map { .init(name: $0.0, specifier: $0.1) })
                _ = try ModelFixture.load("small", in: runtime, inputs: [], outputs: [], environment: spec)
            }
            try load([("scikit_learn", ">=0.20"), ("Pandas", "")], python: nil)
            let old = #expect(throws: RegistryError.self) { try load([("scikit-learn", "==0.20.1")]) }
            #expect(old?.code == .unavailable)
            #expect(old?.message.contains("scikit-learn==0.20.1 (has ") == true)
            let none = #expect(throws: RegistryError.self) { try load([("no-such-package-at-all", "")]) }
            #expect(none?.message.contains("no-such-package-at-all (has none)") == true)
            let python = #expect(throws: RegistryError.self) { try load([], python: "3.1") }
            #expect(python?.message.contains("python 3.1 (has 3.") == true)
        }

        @Test(.enabled(if: ModelFixture.mayBuild, "builds need the network"))
        func anEnvironmentIsBuiltOnceAndKept() throws {
            let environments = FileManager.default.temporaryDirectory.appending(path: "roost-env-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: environments) }
            let spec = EnvironmentSpec(
                pythonVersion: nil,
                requirements: [
                    .init(name: "humanize", specifier: ">=4"), .init(name: "snowflake-ml-python", specifier: ""),
                ])
            for round in 0..<2 {
                // The second time there is no uv: what was built must be found again.
                let runtime = try ModelFixture.runtime {
                    $0.environmentsDirectory = environments
                    if round == 1 { $0.uv = "/nonexistent/uv" }
                }
                defer { runtime.shutdown() }
                let method = try ModelFixture.load(
                    "small", in: runtime, inputs: [("X", "FLOAT")], outputs: [("ROWS", "BIGINT")], environment: spec)
                let output = try method.run([TestColumn(.double, [1.0] as [Double?])], rows: 1)
                #expect(output.columns[0].optionals(Int64.self) == [1])
            }
        }

        @Test(.enabled(if: ModelFixture.mayBuild, "builds need the network"))
        func aPackageThatCantBeHadIsNamed() throws {
            let runtime = try ModelFixture.runtime()
            defer { runtime.shutdown() }
            let spec = EnvironmentSpec(
                pythonVersion: nil, requirements: [.init(name: "no-such-package-at-all-roost", specifier: "==1.0")])
            let error = #expect(throws: RegistryError.self) {
                try ModelFixture.load(
                    "small", in: runtime, inputs: [("X", "FLOAT")], outputs: [("ROWS", "BIGINT")], environment: spec)
            }
            #expect(error?.message.contains("(no-such-package-at-all-roost)") == true, "\(error?.message ?? "")")
        }
    }
}
