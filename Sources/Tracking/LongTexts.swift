import Store
import Types

/// Values of parameters and tags that are too long are cut off, as MLflow's server does: a client that logs all it has
/// must not fail for one of them.
extension TrackingStore {
    /// - Throws: `invalidArgument` for a name that is no plain one.
    func checked(params: [NamedText]) throws -> [NamedText] {
        try params.map { param in
            try RegistryError.checkKey(param.name, "param name")
            return Self.cut(param, Limits.paramValue)
        }
    }

    /// As ``checked(params:)``.
    func checked(_ tags: [NamedText]) throws -> [NamedText] {
        try tags.map { tag in
            try RegistryError.checkKey(tag.name, "tag name")
            return Self.cut(tag, Limits.tagValue)
        }
    }

    /// Tags of logged models may have any name.
    func checked(modelTags tags: [NamedText]) throws -> [NamedText] {
        try tags.map { tag in
            guard !tag.name.isEmpty else {
                throw RegistryError(.invalidArgument, "Missing value for required parameter 'tag name'.")
            }
            try RegistryError.checkLength(tag.name, "tag name '\(tag.name.prefix(60))…'", atMost: Limits.name)
            return Self.cut(tag, Limits.tagValue)
        }
    }

    private static func cut(_ text: NamedText, _ limit: Int) -> NamedText {
        guard text.value.utf8.count > limit, text.value.unicodeScalars.count > limit else { return text }
        var short = String.UnicodeScalarView()
        short.append(contentsOf: text.value.unicodeScalars.prefix(limit))
        return NamedText(text.name, String(short))
    }
}
