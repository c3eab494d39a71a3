import Foundation
import Testing
import Types

@testable import Server

struct BackupTests {
    @Test(arguments: [
        (".nightly.6F9619FF-8B86-D011-B42D-00C04FC964FF.partial", true),
        (".v1.2.6F9619FF-8B86-D011-B42D-00C04FC964FF.partial", true), (".film.mkv.partial", false), (".partial", false),
        ("nightly.6F9619FF-8B86-D011-B42D-00C04FC964FF.partial", false),
    ])
    func onlyItsOwnLeftoversGo(_ name: String, isOwn: Bool) {
        #expect(BackupWriter.isPartial(name) == isOwn)
    }

    @Test func aBackupThatCanNotBeReadIsToldFromNone() throws {
        let folder = try TemporaryFolder()
        let backup = URL(fileURLWithPath: try folder.write("backup.json", "{}")).deletingLastPathComponent()
        let none = backup.appending(path: "none")
        let missing = #expect(throws: RegistryError.self) { try BackupManifest.read(none) }
        #expect(missing?.code == .notFound)
        let broken = #expect(throws: RegistryError.self) { try BackupManifest.read(backup) }
        #expect(broken?.code == .corrupt)
    }
}
