import Testing

@testable import INNCore

@Test func errorsCarrySysexitsCodes() { #expect(INNError(.usage, "x").kind.exitCode == 64) }
