import ArgumentParser
import INNKit

/// A device that trains.
struct DeviceOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("What computes: cpu, cuda or cuda:N; auto is the processor.", valueName: "device"))
    var device = "auto"
    @Option(name: .long, help: "Numbers of a device: fp32, tf32 (products; the default) or bf16 (activations, too).")
    var precision: Device.Precision?
}

/// What trains or is measured.
struct MachineOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Threads; by default one per core.", valueName: "n"))
    var threads: Int?
    @OptionGroup var device: DeviceOptions

    var machine: TrainingMachine {
        get throws { try TrainingMachine(threads: threads, deviceName: device.device, precision: device.precision) }
    }
}
extension Device.Precision: ExpressibleByArgument {}
