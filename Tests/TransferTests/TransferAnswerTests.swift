import Foundation
import Testing
import Transfer
import Types

struct TransferAnswerTests {
    private func object(_ members: String) throws -> [String: Any] {
        let data = try JSONSerialization.jsonObject(with: Data("{\(members)}".utf8))
        return try #require(data as? [String: Any])
    }

    @Test func uploadAnswerHasTheClientsFields() throws {
        let options = try TransferOptions(
            ["parallel": "8", "AUTO_COMPRESS": "False", "OVERWRITE": "'true'"], for: .put)
        let answer = UploadAnswer(
            options: options, localPath: "/tmp/a \"b\"\\c.txt", location: "S/dir/", url: "http://h/transfer/v1/t/c.txt")
        let data = try object(answer.members)
        #expect(
            Set(data.keys) == [
                "command", "src_locations", "parallel", "threshold", "autoCompress", "overwrite", "sourceCompression",
                "encryptionMaterial", "clientShowEncryptionParameter", "stageInfo",
            ])
        #expect(data["command"] as? String == "UPLOAD")
        #expect(data["src_locations"] as? [String] == ["/tmp/a \"b\"\\c.txt"])
        #expect(data["parallel"] as? Int == 8 && data["threshold"] as? Int == 209_715_200)
        #expect(data["autoCompress"] as? Bool == false && data["overwrite"] as? Bool == true)
        #expect(data["sourceCompression"] as? String == "auto_detect" && data["encryptionMaterial"] is NSNull)
        let stage = try #require(data["stageInfo"] as? [String: Any])
        #expect(
            Set(stage.keys) == ["locationType", "location", "path", "creds", "isClientSideEncrypted", "presignedUrl"])
        #expect(stage["locationType"] as? String == "GCS" && stage["location"] as? String == "S/dir/")
        #expect(stage["presignedUrl"] as? String == "http://h/transfer/v1/t/c.txt")
        #expect((stage["creds"] as? [String: Any])?.isEmpty == true)
    }

    @Test func downloadAnswerHasOneUrlAndOneNullForEachFile() throws {
        let answer = try DownloadAnswer(
            options: try TransferOptions(for: .get), localLocation: "/tmp/dest", location: "M",
            files: [.init(name: "versions/V1/a", url: "http://h/1"), .init(name: "versions/V1/b/c", url: "http://h/2")])
        let data = try object(answer.members)
        #expect(data["command"] as? String == "DOWNLOAD" && data["localLocation"] as? String == "/tmp/dest")
        #expect(data["src_locations"] as? [String] == ["versions/V1/a", "versions/V1/b/c"])
        #expect(data["presignedUrls"] as? [String] == ["http://h/1", "http://h/2"])
        #expect((data["encryptionMaterial"] as? [Any])?.count == 2 && data["parallel"] as? Int == 10)
        let stage = try #require(data["stageInfo"] as? [String: Any])
        #expect(stage["presignedUrl"] is NSNull && stage["location"] as? String == "M/")
    }

    @Test func nothingToGetIsAnError() {
        let error = #expect(throws: RegistryError.self) {
            try DownloadAnswer(options: try TransferOptions(for: .get), localLocation: "/t", location: "S/", files: [])
        }
        #expect(error?.code == .notFound)
    }

    @Test func controlCharactersAndUnicodeStayValidJson() throws {
        let path = "/tmp/\u{1}\u{1F}\r\n\t\u{2028} ☃ 🦉"
        let answer = UploadAnswer(options: try TransferOptions(for: .put), localPath: path, location: "S", url: "u")
        #expect(try object(answer.members)["src_locations"] as? [String] == [path])
    }

    struct PathCase: Sendable {
        let directory: String
        let local: String
        let expected: String?
    }

    @Test(arguments: [
        PathCase(directory: "", local: "/tmp/a.txt", expected: "a.txt"),
        PathCase(directory: "model/", local: "/tmp/x/a.txt", expected: "model/a.txt"),
        PathCase(directory: "model/./deep", local: "a.txt", expected: "model/deep/a.txt"),
        PathCase(directory: "d", local: #"C:\temp\a.txt"#, expected: "d/a.txt"),
        PathCase(directory: "d", local: #"/tmp/a\b.txt"#, expected: #"d/a\b.txt"#),
        PathCase(directory: "d", local: "/tmp/", expected: nil),
        PathCase(directory: "d", local: "/tmp/..", expected: nil),
        PathCase(directory: "../d", local: "/tmp/a", expected: nil),
        PathCase(directory: "d/../../e", local: "/tmp/a", expected: nil),
        PathCase(directory: "/etc", local: "/tmp/a", expected: nil),
        PathCase(directory: "d", local: "/tmp/a\u{0}b", expected: nil),
    ])
    func fileGoesUnderItsBaseNameAndNeverOutOfTheStage(test: PathCase) {
        #expect((try? UploadAnswer.path(directory: test.directory, localPath: test.local)) == test.expected)
    }

    @Test func defaultsAreSnowflakes() throws {
        let put = try TransferOptions(for: .put)
        #expect(put.parallel == 4 && put.autoCompress && !put.overwrite && put.sourceCompression == "auto_detect")
        #expect(try TransferOptions(for: .get).parallel == 10)
        #expect(try TransferOptions(["Source_Compression": "\"GZIP\""], for: .put).sourceCompression == "gzip")
    }

    @Test(arguments: [
        ["PARALLEL": "0"], ["PARALLEL": "100"], ["PARALLEL": "x"], ["OVERWRITE": "maybe"],
        ["SOURCE_COMPRESSION": "rar"], ["PARALEL": "4"],
    ])
    func wrongOptionsAreNamed(options: [String: String]) throws {
        let error = #expect(throws: RegistryError.self) { try TransferOptions(options, for: .put) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains(options.keys.first ?? "?") == true)
    }
}

struct PublicAddressTests {
    private func base(
        _ publicURL: String? = nil, hosts: [String] = [], listen: String = "127.0.0.1", tls: Bool = false,
        request: String? = nil
    ) throws -> String {
        try PublicAddress(publicURL: publicURL, allowedHosts: hosts, listenHost: listen, listenPort: 8080, tls: tls)
            .base(requestHost: request)
    }

    @Test func configuredUrlComesFirstThenAnAllowedHostThenTheListeningAddress() throws {
        #expect(try base("https://models.example.com/", hosts: ["h:1"], request: "h:1") == "https://models.example.com")
        #expect(try base(hosts: ["roost.lan:8080"], request: "Roost.LAN:8080") == "http://roost.lan:8080")
        #expect(try base(hosts: ["roost.lan:8080"], request: "evil.example") == "http://127.0.0.1:8080")
        #expect(try base(request: "evil.example") == "http://127.0.0.1:8080")
        #expect(try base(tls: true) == "https://127.0.0.1:8080")
    }

    @Test func hostOfARequestKeepsItsPortAndMustBeAllowed() throws {
        #expect(try base(hosts: ["roost.lan"], listen: "0.0.0.0", request: "roost.lan:9000") == "http://roost.lan:9000")
        #expect(try base(hosts: ["roost.lan"], listen: "::", tls: true, request: "roost.lan") == "https://roost.lan")
        #expect(try base(hosts: ["::1"], request: "[::1]:9000") == "http://[::1]:9000")
        for request in [
            "roost.lan:1/x", "roost.lan@evil", "roost.lan:x", "evil", "", "roost.lan.evil:9000", "[roost.lan]",
        ] {
            #expect(try base(hosts: ["roost.lan"], listen: "::", request: request) == "http://[::1]:8080", "\(request)")
        }
        #expect(["0.0.0.0", "::", ""].allSatisfy(PublicAddress.isWildcard))
        #expect(!["127.0.0.1", "::1", "localhost", "10.0.0.5"].contains(where: PublicAddress.isWildcard))
    }

    @Test func wildcardsStandForLoopbackAndIPv6IsBracketed() throws {
        #expect(try base(listen: "0.0.0.0") == "http://127.0.0.1:8080")
        #expect(try base(listen: "::") == "http://[::1]:8080")
        #expect(try base(listen: "fe80::1") == "http://[fe80::1]:8080")
    }

    @Test(arguments: ["ftp://x", "models.example.com", "http://", "http://x?y", "http://x#y", "http://x y"])
    func publicUrlThatIsNoneIsRefused(url: String) {
        #expect(throws: RegistryError.self) { try base(url) }
    }
}
