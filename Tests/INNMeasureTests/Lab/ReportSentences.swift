import Foundation
import INNKit
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNLab

/// Every sentence of a report is reached, by figures that are made up for it.
@Suite struct ReportSentences {
    private func expect(
        _ text: String, has parts: [String], lacks: [String] = [], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for part in parts { #expect(text.contains(part), "“\(part)” is missing", sourceLocation: sourceLocation) }
        for part in lacks { #expect(!text.contains(part), "“\(part)” is there", sourceLocation: sourceLocation) }
    }

    /// Text and page of a report.
    private func both(_ change: (inout PlantedReport) -> Void) -> (text: String, page: String) {
        var planted = PlantedReport()
        change(&planted)
        let report = planted.report
        let pages = AnalysisPages(report)
        return (AnalysisText(report).text, pages.html() + pages.markdown(pictureNames: "x-"))
    }

    /// A file that is shown as an image must not need CSS variables, which many renderers do not know.
    @Test func picturesHaveTheirOwnColours() throws {
        let pictures = AnalysisPages(PlantedReport().report).pictures
        #expect(pictures.count > 5)
        for picture in pictures {
            let svg = picture.standalone
            #expect(!svg.contains("var(") && svg.contains("@media (prefers-color-scheme:dark)"), "\(picture.name)")
            let colours = svg.matches(of: #/(fill|stroke)="([^"]*)"/#).map { String($0.2) }
            #expect(colours.count > 5)
            #expect(
                colours.allSatisfy { $0 == "none" || $0.wholeMatch(of: #/#[0-9a-f]{6}/#) != nil }, "\(picture.name)")
        }
    }

    @Test func everythingFound() {
        let (text, page) = both { _ in }
        expect(
            text,
            has: [
                "planted.safetensors, step 1200, 3,456 parameters: 2 neurons × 2 rounds", "(not trained on)",
                "60,000 characters in 8 streams, memory carried, 2.345 BPC", "light: green", "FINDINGS",
                "fires after “th”", "is silent after “th”", "predicts, not only echoes", "form a cluster for “vowel”",
                "fires on “vowel”", "neuron 1 is a hub of round 2", "2 communities in the flow of round 1",
                "hubs: 1", "no hub", "communities: 2 (Q 0.400, z 5.00); untrained: none (z 0.50)",
                "neuron 1 1.70 [1.60, 1.80]", "vowel (0.86, 0.20)",
                "fires after \"th\"  P 0.95 R 0.80 lift 10.00 n 1500",
                "silent after \"th\"", "(untrained", "effective degree", "cut 0→1", "remove 0",
                "over 16384 characters", "without it logits rise: a +0.250 e +0.125; fall: ␣ -0.500 t -0.375",
                "weight with flow", "0: 0.6000  1: 0.3000  2: 0.0010", "0: 0.9000  1: 0.8000  2: 0.7000",
                "(mean over 2 places)", "from 2 characters on; after emptying, more than 3 characters",
                "; untrained more than 3 characters",
            ], lacks: ["Fewer than 50,000", "Withheld", "withheld", "no untrained control"])
        expect(
            page,
            has: [
                "What the neurons of planted.safetensors do", "Degeneracy light: green",
                "2 clusters, mean silhouette 0.61",
                "100 bootstrap samples", "4 rules reach precision 0.9", "For 0 of 4 units no rule beats chance",
                "fires after", "silent after", "finding", "25 % in round 1, 50 % in round 2",
                "1 listens to 0", "The 2 edges with the largest estimates", "over 1,024 characters", "unlabelled",
                "The untrained network has 2 clusters over 4 tuned units (here 4)", "inn-tui analyze planted",
            ], lacks: ["Withheld", "None: nothing"])
    }

    @Test func nothingFound() {
        let (text, page) = both { planted in
            planted.untrained = planted.trained
            for unit in planted.trained.units.indices {
                planted.trained.units[unit].rules = .none
                planted.trained.units[unit].label = nil
                planted.trained.units[unit].cluster = nil
                planted.trained.units[unit].information.isLongEnough = false
            }
            planted.trained.units[0].firing.rate = 0
            planted.trained.units[1].firing.rate = 1
            planted.trained.clusters = .empty
            planted.trained.routing[0].communities = Planted.routing(0, neurons: 2).communities
            planted.trained.causal = nil
            planted.trained.memory = nil
            planted.trained.bitsPerCharacter = nil
            planted.subject.isHeldOut = false
        }
        expect(
            text,
            has: [
                "None: nothing beats both chance and untrained networks.", ", trained on at least in part",
                "memory carried\n", "never fires", "always fires", "no rule beats chance", "unlabelled",
                "Fewer than 50,000 characters: read the information beside its null only.",
            ], lacks: ["WHAT THEY ARE WORTH", "MEMORY", "BPC"])
        expect(
            page,
            has: [
                "None: nothing beats both chance and untrained networks.", "No clusters: no units are alike",
                "No rule reaches precision 0.9", "For 4 of 4 units no rule beats chance",
            ], lacks: ["What they are worth"])
    }

    @Test func someKindsFound() {
        let (text, page) = both { planted in
            for unit in planted.trained.units.indices { planted.trained.units[unit].information.isLongEnough = false }
            planted.trained.routing[1].hubs = []
        }
        expect(text, has: ["hub", "no hub"], lacks: ["predicts, not only", "is a hub"])
        expect(
            page,
            has: ["No finding of these kinds: causal label, specialisation, causal cluster, prediction, hub, dynamism."]
        )
    }

    @Test func manyOfOneKind() {
        let (text, page) = both { planted in
            for unit in planted.trained.units.indices {
                let rule = planted.trained.units[unit].rules.rules[0]
                planted.trained.units[unit].rules.rules = [rule, rule, rule]
            }
        }
        expect(text, has: ["… 4 more rule findings; --json has them all."])
        expect(page, has: ["4 more of this kind"])
    }

    @Test func aRedLight() {
        let (text, page) = both { $0.trained.snapshot.diversity = [0, 0] }
        expect(text, has: ["light: red", "The degeneracy light is red"], lacks: ["fires on “vowel”"])
        expect(page, has: ["Withheld: the light is red.", "Degeneracy light: red"])
        expect(
            both { $0.trained.snapshot.routingEntropy = [Float](repeating: 0.99, count: 4) }.page,
            has: ["Degeneracy light: amber"])
    }

    @Test func withoutAControl() {
        let (text, page) = both { $0.untrained = nil }
        let nothing = "Nothing is called a finding: no untrained networks were measured to compare with (--no-control)."
        expect(text, has: ["; no untrained control was measured", nothing], lacks: ["untrained:"])
        expect(page, has: ["Clusters", nothing], lacks: ["The untrained network has", "fires on “vowel”"])
    }

    @Test func oneNeuron() {
        var planted = PlantedReport()
        let text = NeuronText(planted.report, neuron: 1).text
        expect(
            text,
            has: [
                "NEURON 1, ROUND 1", "NEURON 1, ROUND 2", "fires at 0.30 of the characters, mean gate 0.40",
                "sparseness 0.50, saturated 0.60", "tells 0.500 bits about the present character",
                "0.200 about the next",
                "labelled vowel; best categories: vowel F1 0.86, a F1 0.10 (null 0.20)", "silent after \"th\"",
                "top     the  0.90", "random  the  0.90", "bottom  the  0.90", "REMOVED FROM ALL ROUNDS",
                "KL 0.2000 bits per character [0.1900, 0.2100], ΔBPC +0.0500", "a +0.250 e +0.125",
            ], lacks: ["NEURON 0"])
        planted.trained.units[1].rules = .none
        planted.trained.units[1].label = nil
        planted.trained.causal = nil
        let bare = NeuronText(planted.report, neuron: 1).text
        expect(bare, has: ["no rule beats chance", "unlabelled; best categories"], lacks: ["REMOVED"])
        planted.trained.snapshot.diversity = [0, 0]
        expect(NeuronText(planted.report, neuron: 1).text, has: ["light: red"], lacks: ["no rule", "silent after"])
    }

    @Test func evidence() {
        let report = PlantedReport().report
        let unit = report.trained.units[0]
        let label = unit.label!
        #expect(report.claimsLabel(of: unit) && report.claims(unit.rules.rules[0], of: unit))
        expectClose(report.untrainedF1(of: unit)!, 0.1 * label.f1, within: 1e-12)
        var alone = PlantedReport()
        alone.untrained = nil
        #expect(alone.report.untrainedF1(of: unit) == nil && !alone.report.claimsLabel(of: unit))
        alone.trained.snapshot.diversity = [0, 0]
        #expect(!alone.report.claims(unit.rules.rules[0], of: unit))
    }
}
