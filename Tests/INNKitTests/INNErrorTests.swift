import Testing

@testable import INNKit

@Test func errorsCarrySysexitsCodes() { #expect(INNError(.usage, "x").kind.exitCode == 64) }
