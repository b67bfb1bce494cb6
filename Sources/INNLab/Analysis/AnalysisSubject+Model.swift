import INNKit

extension AnalysisSubject {
    /// An opened network over a text.
    ///
    /// - Parameters:
    ///   - isOwnText: whether the text is the one that the network was trained on.
    ///   - command: the parts of the command that makes the report; nil for those it is made without.
    package init(_ model: OpenedModel, _ text: Corpus, _ split: TextSplit, isOwnText: Bool, command: [String?]) {
        self.init(
            network: model.checkpoint.url.lastPathComponent, step: model.checkpoint.state.step,
            parameters: model.network.parameterCount, corpus: text.summary, split: split.rawValue,
            isHeldOut: !isOwnText || split == .validation || split == .test,
            command: command.compactMap { $0 }.joined(separator: " "), unit: text.alphabet.unit)
    }
}

extension OpenedModel {
    /// What was measured of this network, with the runs beside it that were trained to route in other ways.
    package func report(_ subject: AnalysisSubject, _ measured: AnalysisRun.Measured) throws -> AnalysisReport {
        var trained = measured.trained
        if let folder, let settings {
            trained.compareRouting(with: try TrainedRouting.besides(folder, settings))
        }
        return AnalysisReport(
            subject: subject, trained: trained, untrained: measured.untrained, control: measured.control)
    }
}
