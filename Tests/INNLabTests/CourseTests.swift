import Foundation
import INNKit
import Testing

@testable import INNLab
@testable import INNScreens

/// Being at a place once more: in another session, from what the first one says of it.
struct CourseTests {
    private func session(seed: UInt64 = 5, prompt: String = "the old man ") throws -> GeneratorSession {
        let network = try IntelligentNeuralNetwork(INNPreset.tiny.configuration, seed: seed)
        return GeneratorSession(
            network, alphabet: .text8, prompt: prompt, sampling: SamplingChoice(temperature: 1, topK: nil, seed: 9))
    }

    /// The same through JSON, as it is stored.
    private func stored(_ course: TextCourse) throws -> TextCourse {
        let view = Viewpoint(course: course, choices: ScreenChoices())
        return try BookmarkShelf.view(json: BookmarkShelf.json(view)).course
    }

    private func resumed(_ session: GeneratorSession, given: GivenText? = nil) throws -> GeneratorSession {
        let other = try self.session(prompt: "x")
        let remark = try other.take(stored(session.course), given: given, averages: nil)
        #expect(remark == nil)
        while other.hasWork { other.work() }
        return other
    }

    @Test func theSamePlaceGivesTheSameFrameAndGoesOnAlike() throws {
        let session = try session()
        session.advance(40)
        session.back(15)
        let other = try resumed(session)
        #expect(other.frame() == session.frame())
        session.advance(30)
        other.advance(30)
        #expect(other.frame() == session.frame())
    }

    @Test func changesFromTheirCharacterOnAreMadeAgain() throws {
        let session = try session()
        session.advance(20)
        try session.intervene(InterventionSet([.neuron(3, .lesion)]), averages: nil, replays: false)
        session.advance(20)
        try session.intervene(
            InterventionSet([.neuron(3, .lesion), .routing(.uniform)]), averages: nil, replays: false)
        session.advance(25)
        session.back(10)
        let other = try resumed(session)
        #expect(other.interventions == session.interventions)
        #expect(other.frame() == session.frame())
        try session.intervene(.none, averages: nil, replays: true)
        try other.intervene(.none, averages: nil, replays: true)
        #expect(other.frame() == session.frame() && other.frame().twin == nil)
    }

    @Test func changesOfTheWholeTextAreMadeAgain() throws {
        let session = try session()
        session.advance(30)
        try session.intervene(InterventionSet([.gate(.loudest(2))]), averages: nil, replays: true)
        #expect(try resumed(session).frame() == session.frame())
    }

    @Test func aFileIsReadOnBehindThePlaceAndMissedWhereItIsGone() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "course-\(UUID().uuidString).txt")
        try "the quick brown fox jumps over the lazy dog and runs away".write(
            to: file, atomically: true, encoding: .utf8)
        let given = try GivenText(file.path, alphabet: .text8)
        try FileManager.default.removeItem(at: file)
        let session = try session()
        session.read(given)
        session.advance(20)
        session.back(5)
        let other = try resumed(session, given: given)
        #expect(other.frame() == session.frame() && other.givenPath == given.path)
        other.advance(100)
        #expect(other.frame().position == 57)
        let third = try self.session()
        let remark = try third.take(session.course, given: nil, averages: nil)
        #expect(remark?.contains("gone") == true)
        while third.hasWork { third.work() }
        #expect(third.frame().position == 16 && third.frame().text == session.frame().text)
        third.advance(100)
        #expect(third.frame().position == 21)
    }

    @Test func aViewOfAnotherNetworkIsRefusedAndNothingChanges() throws {
        let session = try session()
        session.advance(9)
        let before = session.frame()
        for change in [
            {
                $0.ids = [99]; $0.text = nil
            }, { $0.position = -1 }, { $0.furthest = 10_000 }, { $0.promptCount = -3 },
            { $0.topK = 0 }, { $0.temperature = .nan },
            { $0.changes = [.init(start: 0, interventions: InterventionSet([.neuron(77, .lesion)]))] },
        ] as [(inout TextCourse) -> Void] {
            var course = session.course
            change(&course)
            #expect(throws: INNError.self) { try session.take(course, given: nil, averages: nil) }
            #expect(session.frame() == before)
        }
    }
}

/// A view of the explorer in a second program: the same cells.
struct ViewpointTests {
    private let model: OpenedModel

    init() throws {
        let assets = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { path, _ in path.deletingLastPathComponent() }
            .appending(path: "Assets")
        model = try OpenedModel(assets.appending(path: "rare-text8.safetensors").path, in: assets, best: false)
    }

    private func screen(_ keys: String, at view: Viewpoint? = nil, _ size: (Int, Int)) throws -> (AppState, Viewpoint) {
        var state = AppState(try model.contents(of: nil), width: size.0, height: size.1)
        state.screen = .generate
        let explorer = HeadlessExplorer(model, prompt: nil, dataDirectory: nil)
        explorer.type(try Keystrokes.parse(keys), at: view, &state)
        state.message = nil
        return (state, Viewpoint(course: explorer.course, choices: state.choices))
    }

    @Test(arguments: [
        "LLL", "LLbn<esc>LLHjjcc", "Lbwr<esc>vd]}", "LL2jjv", "bnLe<tab>=", "LLz<tab>", "L)c)",
        "LLHHKg<backspace><enter>",
    ])
    func theSameCells(_ keys: String) throws {
        for size in [(160, 50), (80, 24), (40, 12)] {
            let (first, view) = try screen(keys, size)
            let read = try BookmarkShelf.view(json: BookmarkShelf.json(view))
            #expect(read == view)
            let (second, _) = try screen("", at: read, size)
            #expect(second.rendered() == first.rendered(), "\(keys) at \(size)")
            // And the second one goes on as the first would.
            #expect(try screen("<esc>5LL", at: read, size).0.rendered() == screen(keys + "<esc>5LL", size).0.rendered())
        }
    }

    /// A line that one can type: the program as it was started, and a file or a bookmark in place of the view.
    @Test func theLineOfAViewIsShort() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "shelf-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let (_, view) = try screen("LLbn<esc>", (120, 40))
        let shelf = BookmarkShelf(
            of: model, named: nil, best: false, in: folder.appending(path: "runs"), exports: folder, program: "./my inn"
        )
        let file = folder.appending(path: "view.json").path
        let line = try shelf.command(view, width: 120, height: 40)
        #expect(line == "'./my inn' snapshot --explore --size 120x40 --view \(file)")
        #expect(try BookmarkShelf.view(file) == view)
        // What was written earlier stays.
        #expect(try shelf.command(view, width: 120, height: 40).hasSuffix("view-2.json"))
        try shelf.keep(Bookmark(name: "it's here", step: 1, view: view))
        let kept = try shelf.command(view, width: 120, height: 40)
        #expect(kept == "'./my inn' snapshot --explore --size 120x40 --bookmark 'it'\\''s here'")
        #expect(throws: INNError.self) { try BookmarkShelf.view(folder.appending(path: "none").path) }
    }
}
