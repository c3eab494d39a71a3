import Store
import Types

/// The answer to a PUT statement: tells the client where to send the file.
///
/// The location type is GCS with presigned URLs: the only one that works over plain HTTP and without a shared disk.
/// Source: SNOWFLAKE.md §4; the connector's `file_transfer_agent.py` and `gcs_storage_client.py`.
package struct UploadAnswer: Sendable {
    package let options: TransferOptions
    /// The text after `file://` in the statement.
    package let localPath: String
    /// The stage as the client prints it, e.g. `TMP_STAGE/model/`; any text with a slash.
    package let location: String
    /// For the file in the statement: the client asks again for each file that it finds behind a wildcard.
    package let url: String

    package init(options: TransferOptions, localPath: String, location: String, url: String) {
        self.options = options
        self.localPath = localPath
        self.location = location
        self.url = url
    }

    /// The members of the answer's `data`, JSON without the outer braces and without `queryId`.
    package var members: String {
        let compression = JSONText.string(options.sourceCompression)
        return """
            "command":"UPLOAD","src_locations":[\(JSONText.string(localPath))],"parallel":\(options.parallel),\
            "threshold":209715200,"autoCompress":\(options.autoCompress),"overwrite":\(options.overwrite),\
            "sourceCompression":\(compression),"encryptionMaterial":null,"clientShowEncryptionParameter":false,\
            "stageInfo":\(StageInfo.json(location: location, url: url))
            """
    }

    /// The file's path in the stage: the directory of the statement, and the base name of the local file.
    ///
    /// - Parameters:
    ///   - directory: relative to the stage, with or without a slash at its end; `""` for the stage itself.
    ///   - localPath: the text after `file://`, with `/` or, after a drive letter, `\` between its parts.
    /// - Throws: `invalidArgument` where there is no file name, or the path leads out of the stage.
    package static func path(directory: String, localPath: String) throws -> String {
        let isWindows = localPath.dropFirst().first == ":" && (localPath.first?.isLetter ?? false)
        let name = localPath[
            (localPath.lastIndex { $0 == "/" || isWindows && $0 == "\\" }
                .map { localPath.index(after: $0) } ?? localPath.startIndex)...]
        guard !name.isEmpty, name != ".", name != ".." else {
            throw RegistryError(
                .invalidArgument, "PUT needs a file: 'file://\(localPath.prefix(300))' names a directory.")
        }
        return try ArtifactPath.normalized(directory.isEmpty ? String(name) : "\(directory)/\(name)")
    }
}

/// The answer to a GET statement: tells the client where to fetch each file.
package struct DownloadAnswer: Sendable {
    /// One file to fetch.
    package struct File: Hashable, Sendable {
        /// With at least one directory: the client drops what is before the first slash and keeps the base name.
        package let name: String
        package let url: String

        package init(name: String, url: String) {
            self.name = name
            self.url = url
        }
    }

    package let options: TransferOptions
    /// The text after `file://` in the statement: the directory that the client writes to.
    package let localLocation: String
    package let location: String
    package let files: [File]

    /// - Throws: `notFound` where there is no file: an empty list is no answer that clients take.
    package init(options: TransferOptions, localLocation: String, location: String, files: [File]) throws {
        guard !files.isEmpty else {
            throw RegistryError(
                .notFound, "There is no file to get.", hint: "LIST shows the files that are there.",
                detail: ["location": location])
        }
        self.options = options
        self.localLocation = localLocation
        self.location = location
        self.files = files
    }

    /// The members of the answer's `data`, JSON without the outer braces and without `queryId`.
    package var members: String {
        let names = files.map { JSONText.string($0.name) }.joined(separator: ",")
        let urls = files.map { JSONText.string($0.url) }.joined(separator: ",")
        let keys = files.map { _ in "null" }.joined(separator: ",")
        return """
            "command":"DOWNLOAD","src_locations":[\(names)],"localLocation":\(JSONText.string(localLocation)),\
            "parallel":\(options.parallel),"threshold":209715200,"autoCompress":false,"overwrite":false,\
            "sourceCompression":"none","encryptionMaterial":[\(keys)],"clientShowEncryptionParameter":false,\
            "presignedUrls":[\(urls)],"stageInfo":\(StageInfo.json(location: location, url: nil))
            """
    }
}

private enum StageInfo {
    static func json(location: String, url: String?) -> String {
        // No `region`: the client would take lower() of a null.
        let place = location.contains("/") ? location : location + "/"
        return """
            {"locationType":"GCS","location":\(JSONText.string(place)),"path":"","creds":{},\
            "isClientSideEncrypted":false,"presignedUrl":\(url.map(JSONText.string) ?? "null")}
            """
    }
}
