import ArgumentParser
import INNKit

/// What trains or is measured.
struct MachineOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Threads; by default one per core.", valueName: "n"))
    var threads: Int?
    @Option(
        name: .long,
        help: ArgumentHelp("What computes: cpu, cuda or cuda:N; auto is the processor.", valueName: "device"))
    var device = "auto"
    @Option(name: .long, help: "Matrix products of a device; tf32 by default.")
    var precision: Device.Precision?

    var machine: TrainingMachine {
        get throws { try TrainingMachine(threads: threads, deviceName: device, precision: precision) }
    }
}
extension Device.Precision: ExpressibleByArgument {}
