extension RunsScreen {
    var explanations: [Explanation] {
        [
            Explanation(
                "Runs",
                what: "Every training in the runs folder, with its last figures.",
                reading: "Space marks runs to compare, Enter opens one, o changes the order, / filters.",
                surprise: "“interrupted” is a training that ended without saying so; it can be resumed.",
                n: { _ in "each line is one run; its losses are those of its last report" },
                terms: [.bpc, .validation, .step, .megabytes]),
            Explanation(
                "Loss of the marked runs",
                what: "The loss curves of the marked runs over each other.",
                reading: "Compare them at the same place of the axis; it counts characters read, steps or time.",
                surprise: "Curves that cross: one learns faster, the other further.",
                n: { _ in "one point per report of each run" },
                terms: [.bpc, .validation, .step, .megabytes]),
            Explanation(
                "Run",
                what: "The run under the cursor in detail.",
                reading: "What was trained, on what, how far, and how much room it takes.",
                surprise: "A best loss far from the last one: it has learned by heart since.",
                n: { _ in "one run" },
                terms: [.bpc, .validation, .step, .megabytes]),
        ]
    }
}
