import ArgumentParser
import Foundation
import INNKit
import INNLab

struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Print the layers, shapes and parameter count of a model.")

    @OptionGroup(title: "Model") var model: ModelOptions
    @Option(name: .long, help: ArgumentHelp("text8 (27 symbols), bytes or unicode (256).", valueName: "alphabet"))
    var alphabet: AlphabetName = .text8
    @Flag(name: .long, help: "Print one JSON object.")
    var json = false

    func run() throws {
        let configuration = try model.configuration(vocabularySize: alphabet.vocabularySize)
        let description = try ModelDescription(configuration, preset: model.preset)
        try StandardOutput.print(json ? try JSONText.pretty(description) : description.table)
    }
}
