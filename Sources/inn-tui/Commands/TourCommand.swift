import ArgumentParser
import INNLab

struct TourCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tour", abstract: "Two minutes with the network that ships with the program, Enter by Enter.")

    @OptionGroup var runs: RunsOptions
    @OptionGroup var screen: LiveScreenOptions

    func run() throws {
        try Explorer(
            .network(nil, best: false), runs: runs.url, dataDirectory: nil, start: GenerationStart(place: .tour),
            options: screen
        ).run()
    }
}
