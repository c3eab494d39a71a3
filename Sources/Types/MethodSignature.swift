/// One argument, parameter or output of a method.
public struct MethodField: Hashable, Sendable, Codable {
    /// The name, case kept as the manifest has it.
    public let name: String
    /// The type as columns and results have it.
    public let type: SQLType
    /// The type as the manifest writes it, e.g. `BYTEINT`: narrower than ``type`` can tell.
    public let typeName: String

    /// - Parameters: as the properties.
    public init(name: String, type: SQLType, typeName: String) {
        self.name = name
        self.type = type
        self.typeName = typeName
    }
}

/// A parameter of a method, with the default that is used when a call leaves it out.
public struct MethodParameter: Hashable, Sendable, Codable {
    /// The parameter's name and type.
    public let field: MethodField
    /// The default as SQL text (`2.0`, `'x'`, `NULL`), nil where a call must give the value.
    public let defaultSQL: String?

    /// - Parameters: as the properties.
    public init(field: MethodField, defaultSQL: String?) {
        self.field = field
        self.defaultSQL = defaultSQL
    }
}

/// A method of a model version, as callers in SQL see it.
public struct MethodSignature: Hashable, Sendable, Codable {
    /// How a method is called.
    public enum Kind: String, Sendable, Codable {
        case function = "FUNCTION"
        case tableFunction = "TABLE_FUNCTION"
    }

    /// The SQL name, resolved: `PREDICT`, or `predict` for a case-sensitive method.
    public let name: Identifier
    /// Whether it is called in the select list or in FROM.
    public let kind: Kind
    /// Dotted path of the handler in the package, e.g. `functions.predict.infer`.
    public let handler: String
    /// Inputs in order. Over 500 of them travel as the keys of one OBJECT; then ``isWide`` is true.
    public let inputs: [MethodField]
    /// Parameters in order; they follow the inputs.
    public let parameters: [MethodParameter]
    /// Outputs in order: the keys of the OBJECT that the method returns, or the columns of a table function.
    public let outputs: [MethodField]
    /// Whether SQL gives all inputs as one OBJECT.
    public let isWide: Bool
    /// Whether the method returns its single output bare, not in an OBJECT.
    public let returnsBareValue: Bool
    /// Whether equal arguments always give equal outputs (`IMMUTABLE` in the manifest).
    public let isImmutable: Bool
    /// Whether a table function handles whole partitions.
    public let isPartitioned: Bool
    /// Names of inputs that a call by names may leave out; they are NULL then. Nil: none.
    public let optionalInputs: [String]?

    /// - Parameters: as the properties.
    public init(
        name: Identifier, kind: Kind, handler: String, inputs: [MethodField], parameters: [MethodParameter],
        outputs: [MethodField], isWide: Bool = false, returnsBareValue: Bool = false, isImmutable: Bool = false,
        isPartitioned: Bool = false, optionalInputs: [String]? = nil
    ) {
        self.name = name
        self.kind = kind
        self.handler = handler
        self.inputs = inputs
        self.parameters = parameters
        self.outputs = outputs
        self.isWide = isWide
        self.returnsBareValue = returnsBareValue
        self.isImmutable = isImmutable
        self.isPartitioned = isPartitioned
        self.optionalInputs = optionalInputs
    }
}
