import Foundation
import INNKit

/// Everything that the reproduction has found so far; the Markdown page and the JSON file are made from it alone.
package struct ReproductionReport: Encodable {
    package struct Text: Encodable {
        package let name, summary: String
        /// Of the part that is trained on, bits per character.
        package let unigram, bigram: Double

        init(_ corpus: Corpus) {
            let entropy = corpus.entropy(in: corpus.splits.train)
            (name, summary, unigram, bigram) = (corpus.name, corpus.summary, entropy.unigram, entropy.bigram)
        }
    }

    /// A line of a table.
    package struct Row: Encodable {
        package let table: ReproductionTable
        package let model, label: String
        let paper: Double?
        let planned: Int
        let group: ComparisonGroup?
        let isReference: Bool
        package let parameters: Int?
        package let learningRate: Double?
        package let runs: [ReproducedRun]

        var spread: Spread? { Spread(runs.compactMap(\.validBPC)) }
        /// Losses by seed.
        var bySeed: [Int: Double] {
            Dictionary(runs.compactMap { run in run.validBPC.map { (run.seed, $0) } }) { first, _ in first }
        }

        /// What it loses against another that was trained with the same seeds, seed by seed.
        func difference(from reference: Row) -> SeedPairs? { SeedPairs(bySeed, minus: reference.bySeed) }

        init(_ row: PlannedRow, _ results: RunResults) {
            (table, model, label, paper, planned) = (row.table, row.model, row.label, row.paper, row.runs.count)
            (group, isReference) = (row.group, row.isReference)
            runs = row.runs.compactMap { results[$0] }.filter(\.isFinished)
            parameters = runs.first?.parameters
            learningRate = row.runs.first?.learningRate
        }
    }

    package let version: String
    package let scale: ReproductionScale.Name
    let charactersPerRun: Int
    let machine: String
    package let jobs: Int
    package let text: Text
    package let secondText: Text?
    package let rows: [Row]
    /// Short runs by learning rate, one row per family.
    let search: [Row]
    /// Characters per second of a family with the machine to itself, one thread.
    let speeds: [String: Double]
    package let scaling: [ScalingRow]
    let sharedWeights: SharedWeightDemonstration?
    /// The networks whose gates are compared.
    package let studies: [NetworkStudy]
    /// The networks that had something to recall.
    package let recalls: [RecallStudy]
    /// Why runs failed, by name.
    package let failures: [String: String]

    package func rows(_ table: ReproductionTable) -> [Row] { rows.filter { $0.table == table } }
    package func row(_ model: String) -> Row? { rows.first { $0.model == model } }

    /// Training time of a whole run from its characters and the family's own speed, seconds.
    package func seconds(_ family: String) -> Double? { speeds[family].map { Double(charactersPerRun) / $0 } }

    /// The time in which the fastest family gets through all characters, seconds.
    var commonSeconds: Double? {
        rows(.text8).filter { $0.spread != nil }.compactMap { seconds($0.model) }.min()
    }

    /// The loss of a family after that time, from its learning curves at its own speed.
    func bitsAtCommonTime(_ row: Row) -> Spread? {
        guard let commonSeconds, let speed = speeds[row.model] else { return nil }
        let characters = min(Double(charactersPerRun), speed * commonSeconds)
        return Spread(row.runs.compactMap { $0.validBPC(atCharacters: characters.rounded(.down)) })
    }

    /// Every run behind the tables, each once.
    var allRuns: [ReproducedRun] {
        var seen: Set<String> = []
        return (search + rows).flatMap(\.runs).filter { seen.insert($0.name).inserted }
    }
}
