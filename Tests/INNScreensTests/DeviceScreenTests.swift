import INNKit
import Testing

@testable import INNScreens

/// What the train screen says of a device that trains.
struct DeviceScreenTests {
    private static func text(
        _ size: (Int, Int), precision: String = "tf32", productShare: Double? = 0.114
    ) -> String {
        var run = SyntheticRun(steps: 3200)
        run.reports[run.reports.count - 1].device = DeviceReport(
            name: "NVIDIA H100 80GB HBM3", precision: precision, productShare: productShare, bytes: 4_312_000_000,
            totalBytes: 85_100_000_000)
        var state = run.state()
        state.screen = .train
        _ = reduce(&state, .resize(width: size.0, height: size.1))
        _ = reduce(&state, .tick(now: 100))
        return state.rendered().plainText()
    }

    @Test(arguments: [(160, 50), (120, 40)]) func itsNameShareAndMemory(_ size: (Int, Int)) {
        let text = Self.text(size)
        // At 120 columns the name takes two rows.
        for part in ["NVIDIA H100", "tf32", "11% of its limit", "4.31 of its 85.1 GB"] {
            #expect(text.contains(part), "\(part) in\n\(text)")
        }
    }

    @Test func itsPrecisionIsNamed() {
        #expect(Self.text((160, 50), precision: "bf16").contains("NVIDIA H100 80GB HBM3, bf16"))
    }

    @Test func aShareThatWasNotMeasuredIsNotShown() {
        let text = Self.text((160, 50), productShare: nil)
        #expect(text.contains("NVIDIA H100 80GB HBM3, tf32") && !text.contains("% of its limit"))
    }

    @Test func theProcessorIsNoDevice() {
        var state = SyntheticRun(steps: 3200).state()
        state.screen = .train
        _ = reduce(&state, .resize(width: 160, height: 50))
        #expect(!state.rendered().plainText().contains("device"))
    }
}
