import INNKit

/// How far the tour is.
struct TourState: Equatable, Sendable {
    /// Index into ``Tour/steps``.
    var step = 0
    /// What the generator showed before the keys of this step were pressed, for sentences about what has changed.
    var before: GenerationFrame?

    var isLast: Bool { step == Tour.steps.count - 1 }
}

/// One stop of the tour: it presses keys as a user would, points at a pane and says one sentence about it.
struct TourStep: Sendable {
    let screen: ScreenID
    /// Index of the pane that it points at.
    let pane: Int
    /// What Enter does at the stop before, one short phrase with its keys.
    let offer: String
    /// The keys that are pressed on the way here.
    let keys: @Sendable (AppState) -> [Key]
    /// Made of what is on display, so that its figures are those of the network at hand.
    let sentence: @Sendable (TourState, AppState) -> String

    init(
        _ screen: ScreenID, pane: Int, offer: String, keys: @escaping @Sendable (AppState) -> [Key] = { _ in [] },
        sentence: @escaping @Sendable (TourState, AppState) -> String
    ) {
        (self.screen, self.pane, self.offer) = (screen, pane, offer)
        (self.keys, self.sentence) = (keys, sentence)
    }
}

extension AppState {
    var tour: TourState? { if case .tour(let tour) = overlay { tour } else { nil } }

    /// Begins the tour: with a text of its own, nothing changed in the network, and every choice as it is at first.
    /// What was there before comes back when it is over.
    mutating func startTour() -> [Effect] {
        run.tourReturn = (choices, nil)
        overlay = .tour(TourState())
        isMaximised = false
        let lines = (typed: generate.typed, sought: generate.sought)
        generate = GenerateView()
        (generate.typed, generate.sought) = lines
        run.selection = Selection()
        var effects: [Effect] = [.generator(.tellCourse(.tour)), .generator(.play(nil)), .generator(.freeRun(false))]
        (run.interventions.isComparing, run.interventions.replays) = (false, false)
        effects += run.interventions.clear()
        effects += [.generator(.sampling(SamplingChoice())), .generator(.prompt(Tour.text))]
        point(at: Tour.steps[0])
        return effects
    }

    /// Enter: presses the keys of the next stop; behind the last one the tour is over.
    mutating func nextTourStep() -> [Effect] {
        guard case .tour(var tour) = overlay else { return [] }
        guard !tour.isLast else { return leaveTour() }
        tour.step += 1
        tour.before = run.generation
        let step = Tour.steps[tour.step]
        overlay = nil
        let effects = step.keys(self).flatMap { reduceKey(&self, $0) }
        message = nil
        point(at: step)
        overlay = .tour(tour)
        return effects
    }

    /// Esc, and the end: back to what was there before. While nobody has said yet where the network was in which text,
    /// only without what the tour has changed in it.
    mutating func leaveTour() -> [Effect] {
        overlay = nil
        guard let before = run.tourReturn else { return run.interventions.clear() }
        run.tourReturn = nil
        guard let course = before.course else {
            let effects = run.interventions.clear()
            choose(before.choices)
            return effects
        }
        let effects = open(Viewpoint(course: course, choices: before.choices))
        show(
            fitting(
                width - 2, "back where the tour began: text, position, colours and changes are as they were",
                "back where the tour began, all as it was"))
        return effects
    }

    private mutating func point(at step: TourStep) {
        screen = step.screen
        focus[step.screen] = step.pane
    }
}
