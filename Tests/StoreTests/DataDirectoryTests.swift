import Foundation
import Testing
import Types

@testable import Store

struct DataDirectoryTests {
    @Test func laysOutAnEmptyDirectory() throws {
        let scratch = try Scratch()
        let directory = try DataDirectory(at: scratch.url.appending(path: "data"))
        #expect(try String(contentsOf: directory.url.appending(path: "format"), encoding: .utf8) == "1\n")
        for part in [
            directory.databases, directory.blobs, directory.versions, directory.environments, directory.results,
            directory.keys,
        ] {
            #expect(try FileManager.default.attributesOfItem(atPath: part.path)[.posixPermissions] as? Int == 0o700)
        }
    }

    @Test func refusesASecondServerNamingTheFirst() throws {
        let scratch = try Scratch()
        let url = scratch.url.appending(path: "data")
        #expect(DataDirectory.holder(of: url) == nil)
        let first = try DataDirectory(at: url)
        let error = #expect(throws: RegistryError.self) { _ = try DataDirectory(at: url) }
        #expect(error?.code == .failedPrecondition)
        #expect(error?.message.contains("process \(ProcessInfo.processInfo.processIdentifier)") == true)
        #expect(DataDirectory.holder(of: url) == Int(ProcessInfo.processInfo.processIdentifier))
        first.release()
        #expect(DataDirectory.holder(of: url) == nil)
        _ = try DataDirectory(at: url)
    }

    @Test func theLockEndsWithTheValue() throws {
        let scratch = try Scratch()
        do { _ = try DataDirectory(at: scratch.url.appending(path: "data")) }
        _ = try DataDirectory(at: scratch.url.appending(path: "data"))
    }

    @Test func refusesANewerFormatAndABrokenOne() throws {
        let scratch = try Scratch()
        let url = scratch.url.appending(path: "data")
        try DataDirectory(at: url).release()
        let format = url.appending(path: "format")
        try Data("2\n".utf8).write(to: format)
        let newer = #expect(throws: RegistryError.self) { _ = try DataDirectory(at: url) }
        #expect(newer?.code == .unsupported)
        #expect(newer?.message.contains("format 2") == true)
        try Data("what".utf8).write(to: format)
        #expect(throws: RegistryError.self) { _ = try DataDirectory(at: url) }
    }

    @Test func refusesADirectoryOfSomethingElse() throws {
        let scratch = try Scratch()
        try Data().write(to: scratch.url.appending(path: "thesis.tex"))
        let error = #expect(throws: RegistryError.self) { _ = try DataDirectory(at: scratch.url) }
        #expect(error?.code == .failedPrecondition)
        #expect(scratch.files == ["thesis.tex"])
    }

    @Test func saysWhenThePathIsAFile() throws {
        let scratch = try Scratch()
        let file = scratch.url.appending(path: "file")
        try Data().write(to: file)
        let error = #expect(throws: RegistryError.self) { _ = try DataDirectory(at: file) }
        #expect(error?.code == .unavailable)
    }
}
