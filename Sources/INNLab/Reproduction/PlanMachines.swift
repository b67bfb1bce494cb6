import INNKit

/// Which of the two machines of a reproduction trains a run: the device what it can, the processor everything else.
struct PlanMachines {
    /// What trains a part of a plan.
    enum Machine: Sendable, Equatable {
        case processor
        case device(DeviceChoice)

        /// Options of `train`. A settings file or the environment may name another machine, which is not asked.
        var options: [String] {
            switch self {
            case .processor: ["--device", "cpu", "--precision", "fp32"]
            case .device(let choice):
                ["--device", "cuda:\(choice.ordinal)", "--precision", choice.precision.rawValue]
            }
        }
    }

    /// The model that options of `train` describe, for a number of symbols.
    typealias Configuration = (_ options: [String], _ vocabularySize: Int) throws -> ModelConfiguration

    let device: DeviceChoice?
    /// Runs at a time on the processor, and on the device.
    let jobs: (processor: Int, device: Int)
    private let configuration: Configuration

    /// - Parameter jobs: nil for one run per core and one on the device, whose speed runs side by side would share.
    init(device: DeviceChoice?, jobs: Int?, configuration: @escaping Configuration) {
        self.device = device
        self.jobs = (jobs ?? ThreadTeam.coreCount, jobs ?? 1)
        self.configuration = configuration
    }

    /// The network of a run; nil where its options alone do not say it.
    func network(_ run: PlannedRun, vocabularySize: Int = 27) -> ModelConfiguration? {
        var options: [String] = []
        var isSkipping = false
        for word in run.options {
            if word.hasPrefix("--") { isSkipping = Self.foreignOptions.contains(word) }
            if !isSkipping { options.append(word) }
        }
        return try? configuration(options, vocabularySize)
    }

    /// Options of a run that say nothing about the size of its network.
    private static let foreignOptions: Set = ["--senses", "--skip-silent", "--alphabet"]
    /// Those of them that a device refuses.
    private static let refusedOptions: Set = ["--senses", "--skip-silent"]

    /// Why the device does not train a run, in a few words; nil when it does.
    func refusal(_ run: PlannedRun) -> String? {
        if run.isTimed { return "runs that are timed" }
        if let option = run.options.first(where: Self.refusedOptions.contains) { return option }
        guard case .inn(let configuration)? = network(run) else {
            return network(run)?.family.rawValue ?? "options that it does not know"
        }
        return DeviceNetwork.refusals(configuration).first
    }

    func machine(_ run: PlannedRun) -> Machine {
        device.flatMap { refusal(run) == nil ? .device($0) : nil } ?? .processor
    }

    /// Runs by what trains them, in their order.
    func lanes(_ runs: [PlannedRun]) -> [PlanLane] {
        let onDevice = runs.filter { machine($0) != .processor }
        let others = runs.filter { machine($0) == .processor }
        return [
            PlanLane(
                machine: device.map(Machine.device) ?? .processor, runs: onDevice, jobs: jobs.device),
            PlanLane(machine: .processor, runs: others, jobs: jobs.processor),
        ].filter { !$0.runs.isEmpty }
    }
}

/// Runs that one machine trains, so many at a time.
struct PlanLane: Sendable {
    let machine: PlanMachines.Machine
    var runs: [PlannedRun]
    let jobs: Int
}
