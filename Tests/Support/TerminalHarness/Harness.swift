import Foundation
import INNKit
import INNScreens
import INNTerminal

/// An event loop that draws a test picture, reports every event, and does what single keys ask for.
final class Harness {
    private let report = FileHandle(fileDescriptor: 3)
    private var frames = 0

    /// Returns the exit status.
    func run(options: TerminalOptions) -> Int32 {
        do {
            let driver = try TerminalDriver(options: options)
            let capabilities = driver.capabilities
            say("open \(driver.size.width)x\(driver.size.height) \(capabilities.colors) \(capabilities.glyphs)")
            draw(driver)
            return loop(driver)
        } catch {
            say("error \(error.message)")
            return error.kind.exitCode
        }
    }

    private func loop(_ driver: TerminalDriver) -> Int32 {
        while true {
            for event in driver.nextEvents(timeout: nil) {
                if case .paste(let pasted) = event {
                    say("event paste \(pasted.text.debugDescription)")
                } else {
                    say("event \(event)")
                }
                if let status = handle(event, driver) { return status }
            }
            draw(driver)
        }
    }

    private func handle(_ event: TerminalEvent, _ driver: TerminalDriver) -> Int32? {
        switch event {
        case .interrupt: return die(SIGINT, driver)
        case .terminate: return die(SIGTERM, driver)
        case .hangup:
            if driver.isOnScreen { return die(SIGHUP, driver) }
            measureIdling(driver)
        case .suspendRequested: driver.suspend()
        case .key(.character("q")):
            driver.close()
            driver.close()
            return 0
        case .key(.character("e")): return 3
        case .key(.character("p")):
            print("stray line")
            fflush(nil)
        case .key(.character("s")): FileHandle.standardError.write(Data("stray error\n".utf8))
        case .key(.character("r")): driver.redrawAll()
        case .key(.character("o")): driver.askForBackground()
        case .key(.character("m")): driver.setMouse(false)
        case .key(.character("c")): drawManyColors(driver)
        case .key(.character("t")): trap(CommandLine.arguments)
        case .key(.character("b")): sleepUnheard()
        case .key(.character("w")):
            let waker = driver.waker
            Thread.detachNewThread { waker.wake() }
        default: break
        }
        return nil
    }

    /// A real trap of the Swift runtime: an index out of range.
    private func trap(_ values: [String]) {
        say("value \(values[values.count + 5])")
    }

    /// Reports how much of a second the program computes while it has nothing to do.
    private func measureIdling(_ driver: TerminalDriver) {
        let before = clock()
        let events = driver.nextEvents(timeout: .seconds(1))
        say("idle \((clock() - before) * 1000 / CLOCKS_PER_SEC) ms \(events.count) events")
    }

    /// A program that no longer listens to its terminal.
    private func sleepUnheard() {
        say("deaf")
        while true { sleep(1000) }
    }

    private func die(_ signal: Int32, _ driver: TerminalDriver) -> Int32 {
        driver.close()
        raise(signal)
        return 99
    }

    private func draw(_ driver: TerminalDriver) {
        frames += 1
        var buffer = CellBuffer(width: driver.size.width, height: driver.size.height)
        let text = driver.capabilities.glyphs == .braille ? "picture ⣿▀é" : "picture"
        for (x, scalar) in text.unicodeScalars.enumerated() {
            buffer[x, 0] = Cell(scalar, foreground: .rgb(255, 128, 0), background: .rgb(0, 0, 3), attributes: [.bold])
        }
        for (x, scalar) in "frame \(frames) end".unicodeScalars.enumerated() { buffer[x, 1] = Cell(scalar) }
        buffer[driver.size.width - 1, driver.size.height - 1] = Cell("#")
        say("draw \(driver.draw(buffer)) \(driver.size.width)x\(driver.size.height)")
    }

    /// More pairs of colours than any terminal has numbers for, over many frames.
    private func drawManyColors(_ driver: TerminalDriver) {
        let (width, height) = driver.size
        for shift in 0..<200 {
            var buffer = CellBuffer(width: width, height: height)
            for y in 0..<height {
                for x in 0..<width {
                    let mixed = (y * width + x + shift * 7919) &* 2_654_435_761
                    let foreground = CellColor.rgb(
                        UInt8(mixed & 255), UInt8(mixed >> 8 & 255), UInt8(mixed >> 16 & 255))
                    let background = CellColor.rgb(
                        UInt8(mixed >> 24 & 255), UInt8(shift & 255), UInt8(mixed >> 4 & 255))
                    buffer[x, y] = Cell("x", foreground: foreground, background: background)
                }
            }
            driver.draw(buffer)
        }
        say("colors drawn")
    }

    private func say(_ line: String) {
        report.write(Data((line + "\n").utf8))
    }
}
