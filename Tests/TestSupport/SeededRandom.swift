import Foundation

/// A source of chance that gives the same numbers for the same seed, so that a failure can be repeated.
package struct SeededRandom: RandomNumberGenerator {
    package let seed: UInt64
    private var state: UInt64

    package init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    /// Seeded from `ROOST_SEED`, else from the machine; tests name the seed when they fail.
    package static func fromEnvironment() -> SeededRandom {
        SeededRandom(
            seed: ProcessInfo.processInfo.environment["ROOST_SEED"].flatMap(UInt64.init)
                ?? UInt64.random(in: 0...UInt64.max))
    }

    /// Source: SplitMix64, https://prng.di.unimi.it/splitmix64.c
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
