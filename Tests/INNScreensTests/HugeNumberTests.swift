import INNKit
import Testing

@testable import INNScreens

/// Numbers of a stored run may be anything that a float can be; every screen draws and exports them.
struct HugeNumberTests {
    static let values: [Float] = [
        9.3e18, -9.3e18, 1e19, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .infinity, .nan,
        .leastNonzeroMagnitude,
    ]

    @Test(arguments: values, [true, false]) func probesAreDrawn(_ value: Float, everywhere: Bool) {
        var run = SyntheticRun(steps: 100, neurons: 5, rounds: 2, heads: 2, probes: 2)
        for index in run.snapshots.indices { Self.spoil(&run.snapshots[index], value, everywhere: everywhere) }
        for index in run.reports.indices where everywhere || index % 3 == 0 {
            Self.spoil(&run.reports[index], Double(value))
        }
        var state = AppState(
            RunContents(
                info: run.info, reports: run.reports, marks: run.marks, snapshots: run.snapshots, samples: run.samples),
            width: 120, height: 40)
        for screen in ScreenID.allCases {
            state.screen = screen
            #expect(state.rendered().cells.count == 120 * 40)
            for format in [ExportedView.Format.text, .csv, .svg] {
                #expect(!exportView(state, format).contents.isEmpty || format == .csv)
            }
        }
    }

    private static func spoil(_ snapshot: inout ProbeSnapshot, _ value: Float, everywhere: Bool) {
        for path: WritableKeyPath<ProbeSnapshot, [Float]> in [
            \.routing, \.flow, \.firingRate, \.gateMean, \.gateSaturated, \.tuning, \.routingEntropy,
            \.routingDeviation, \.diversity, \.effectiveNeurons, \.rasterGates,
        ] {
            for index in snapshot[keyPath: path].indices where everywhere || index % 3 == 0 {
                snapshot[keyPath: path][index] = value
            }
        }
    }

    private static func spoil(_ report: inout TrainingReport, _ value: Double) {
        for path: WritableKeyPath<TrainingReport, Double> in [
            \.trainBPC, \.learningRate, \.gradientNorm, \.charsPerSecond, \.elapsedSeconds, \.progress, \.epoch,
        ] {
            report[keyPath: path] = value
        }
        report.validBPC = value
    }

    @Test func conversionsAreBounded() {
        #expect(
            Int(bounded: Double.nan) == 0 && Int(bounded: -Float.infinity) == -(1 << 53)
                && Int(bounded: 1e300) == 1 << 53)
        #expect(
            Int(bounded: 2.9) == 2 && Int(bounded: -2.9) == -2 && Int(bounded: 9_007_199_254_740_991.0) == (1 << 53) - 1
        )
        #expect(Format.fixed(9.9e11, 9) == "9.9e11" && Format.fixed(123_456_789, 3) == "123456789.000")
    }
}
