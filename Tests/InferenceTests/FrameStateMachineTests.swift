import Testing

@testable import Inference

struct FrameStateMachineTests {
    private static let frames = [
        Frame(kind: .ready, payload: Array("{}".utf8)),
        Frame(kind: .predict, payload: (0..<300).map { UInt8(truncatingIfNeeded: $0) }, descriptors: 2),
        Frame(kind: .result, payload: []),
        Frame(kind: .failed, payload: [0, 255]),
    ]

    private static func feed(_ bytes: ArraySlice<UInt8>, to machine: inout FrameStateMachine) throws -> [Frame] {
        Array(bytes).withUnsafeBytes { machine.receive($0) }
        var frames: [Frame] = []
        while let frame = try machine.next() { frames.append(frame) }
        return frames
    }

    @Test func cutsFramesAtEveryByte() throws {
        let bytes = Self.frames.flatMap(\.bytes)
        for cut in 0...bytes.count {
            var machine = FrameStateMachine()
            let first = try Self.feed(bytes[..<cut], to: &machine)
            let second = try Self.feed(bytes[cut...], to: &machine)
            #expect(first + second == Self.frames, "cut at \(cut)")
        }
    }

    @Test func takesSingleBytes() throws {
        var machine = FrameStateMachine()
        var seen: [Frame] = []
        let bytes = Self.frames.flatMap(\.bytes)
        for index in bytes.indices { seen += try Self.feed(bytes[index...index], to: &machine) }
        #expect(seen == Self.frames)
    }

    @Test(
        arguments: [
            ([0, 0, 0, 0, 99, 0, 0, 0], FrameStateMachine.Failure.unknownKind(99)),
            ([255, 255, 255, 255, 49, 0, 0, 0], .tooLong(0xffff_ffff)),
            ([0, 0, 0, 0, 49, 0, 1, 0], .malformedHeader),
        ] as [([UInt8], FrameStateMachine.Failure)])
    func refusesMalformedHeadersForGood(_ bytes: [UInt8], _ failure: FrameStateMachine.Failure) {
        var machine = FrameStateMachine()
        bytes.withUnsafeBytes { machine.receive($0) }
        #expect(throws: failure) { try machine.next() }
        Self.frames[0].bytes.withUnsafeBytes { machine.receive($0) }
        #expect(throws: failure) { try machine.next() }
    }

    @Test func refusesTruncatedAndOverlongResults() {
        var payload: [UInt8] = []
        payload.append(UInt64(3))
        payload.append((0.5).bitPattern)
        for value in [1, 1, 7, 1] { payload.append(UInt32(value)) }
        ColumnPlace(kind: .double, data: 64, validity: 128).write(to: &payload)
        payload.append(UInt64(3))
        let message = ResultMessage(payload: payload)
        #expect(message?.columns == [ColumnPlace(kind: .double, data: 64, validity: 128)])
        #expect(message?.partitions == [3])
        #expect(message?.segment == 7)
        for count in 0..<payload.count { #expect(ResultMessage(payload: Array(payload[..<count])) == nil) }
        #expect(ResultMessage(payload: payload + [0]) == nil)
        var huge = payload
        huge[7] = 255
        #expect(ResultMessage(payload: huge) == nil)
    }

    @Test func cutsLinesAtEveryByte() {
        let bytes = Array("eins\n\nzwei ü\n".utf8)
        for cut in 0...bytes.count {
            var lines = LineSplitter()
            #expect(lines.receive(bytes[..<cut]) + lines.receive(bytes[cut...]) == ["eins", "zwei ü"])
        }
    }
}
