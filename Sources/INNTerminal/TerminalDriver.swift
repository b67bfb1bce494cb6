import CNcurses
import INNKit
import INNScreens

/// The terminal: shows finished cell buffers and reports keys, the mouse, signals and stray output.
///
/// One per process, used from the thread that made it; only a ``TerminalWaker`` may be used from elsewhere.
/// Whatever ends the process — `close()`, `exit`, a signal, a Swift trap — gives the terminal back as it was.
public final class TerminalDriver {
    public let capabilities: TerminalCapabilities
    /// Wakes ``nextEvents(timeout:)`` from another thread.
    public let waker = TerminalWaker()
    private let canStop: Bool
    private var isOpen = true
    private var frame: [inn_cell] = []
    private var logLines = LineSplitter()
    /// What has arrived of a text that is being pasted.
    private var pasted = PastedText()

    /// Takes the terminal and enters its alternate screen.
    ///
    /// - Throws: an ``INNError`` that says what the terminal lacks. The terminal is then as it was before.
    public init(
        options: TerminalOptions = TerminalOptions(), environment: TerminalEnvironment = .current
    ) throws(INNError) {
        let colors = options.colors ?? (environment.noColor ? .mono : nil)
        canStop = options.canStop
        var info = inn_terminal_info()
        let result = (options.borrowed ?? "").withCString { device in
            var request = inn_terminal_options(
                color: Self.shimLevel(colors), mouse: options.mouse,
                synchronized_output: environment.synchronizedOutput, borrowed: options.borrowed == nil ? nil : device)
            return inn_terminal_open(&request, &info)
        }
        guard result == INN_OPEN_OK else {
            throw Self.error(result, term: environment.term, alternative: options.alternative)
        }
        capabilities = TerminalCapabilities(
            colors: Self.level(info.color),
            glyphs: options.glyphs ?? (!info.utf8 ? .ascii : info.linux_console ? .blocks : .braille))
    }

    deinit { close() }

    /// Columns and rows of the screen.
    public var size: (width: Int, height: Int) {
        guard isOpen else { return (0, 0) }
        var width: Int32 = 0
        var height: Int32 = 0
        inn_terminal_size(&width, &height)
        return (Int(width), Int(height))
    }

    /// Whether there is a screen to draw on: false in the background, after a hang-up and after ``close()``.
    public var isOnScreen: Bool { isOpen && inn_terminal_on_screen() }

    /// Asks the terminal for the colour of its background, which arrives as ``TerminalEvent/background(_:)`` from those
    /// that answer.
    public func askForBackground() {
        // The console of Linux has no such question and older kernels write part of it on the screen.
        if isOpen, capabilities.glyphs == .braille, capabilities.colors != .mono { inn_terminal_ask_background() }
    }

    /// Shows a finished frame; cells outside it are blank. Only what changed is sent.
    ///
    /// - Returns: false when the frame was dropped because the terminal does not take output now.
    @discardableResult
    public func draw(_ buffer: CellBuffer) -> Bool {
        guard isOpen else { return false }
        let level = capabilities.colors
        frame.removeAll(keepingCapacity: true)
        frame.reserveCapacity(buffer.cells.count)
        for cell in buffer.cells {
            frame.append(
                inn_cell(
                    scalar: cell.scalar.value, marks: (cell.marks.first, cell.marks.second),
                    foreground: ColorReduction.code(cell.foreground, level: level),
                    background: ColorReduction.code(cell.background, level: level),
                    attributes: UInt32(cell.attributes.rawValue)))
        }
        return inn_terminal_draw(frame, Int32(buffer.width), Int32(buffer.height))
    }

    /// Makes the next ``draw(_:)`` repaint every cell.
    public func redrawAll() {
        if isOpen { inn_terminal_invalidate() }
    }

    /// Turns mouse reports on or off; off lets the user select text.
    public func setMouse(_ on: Bool) {
        if isOpen { inn_terminal_set_mouse(on) }
    }

    /// Waits until something happens and returns all that has.
    ///
    /// - Parameter timeout: nil waits for ever, zero only looks.
    /// - Returns: nothing when the timeout passed first, and ``TerminalEvent/hangup`` when the driver is closed.
    public func nextEvents(timeout: Duration?) -> [TerminalEvent] {
        guard isOpen else { return [.hangup] }
        let ready = Int(inn_terminal_wait(Self.milliseconds(timeout)))
        var events: [TerminalEvent] = []
        if ready & INN_READY_LOG != 0 { events += readLog() }
        if ready & INN_READY_RESIZE != 0 { events.append(.resized(width: size.width, height: size.height)) }
        if ready & INN_READY_CONTINUED != 0 { events.append(.continued) }
        if ready & INN_READY_INPUT != 0 { events += readInput() }
        if ready & INN_READY_WAKE != 0 { events.append(.wake) }
        if ready & INN_READY_SUSPEND != 0 { events.append(.suspendRequested) }
        if ready & INN_READY_INTERRUPT != 0 { events.append(.interrupt) }
        if ready & INN_READY_TERMINATE != 0 { events.append(.terminate) }
        if ready & INN_READY_HANGUP != 0 { events.append(.hangup) }
        return events
    }

    /// Gives the terminal to the shell and stops the process, as Ctrl-Z does; returns when it is continued.
    ///
    /// Continued in the background, the process runs on without a screen until it is brought to the front,
    /// which ``nextEvents(timeout:)`` reports as ``TerminalEvent/continued``.
    ///
    /// - Returns: false where the process must not stop, and nothing has happened.
    @discardableResult
    public func suspend() -> Bool {
        guard canStop else { return false }
        if isOpen { inn_terminal_suspend() }
        return true
    }

    /// Ignores hang-ups from now on, and still after ``close()``: what the process does goes on without the terminal.
    public func ignoreHangups() {
        if isOpen { inn_terminal_ignore_hangups() }
    }

    /// Gives the terminal, the signals and the standard descriptors back. May be called more than once.
    public func close() {
        guard isOpen else { return }
        isOpen = false
        inn_terminal_close()
    }

    private func readInput() -> [TerminalEvent] {
        var events: [TerminalEvent] = []
        var input = inn_input()
        while inn_terminal_read_input(&input) {
            if input.kind == INN_PASTE_CHARACTER {
                if let scalar = Unicode.Scalar(input.code) { pasted.append(scalar) }
                continue
            }
            if input.kind == INN_PASTE_END {
                events.append(.paste(pasted))
                pasted = PastedText()
                continue
            }
            guard let event = InputTranslation.event(input) else { continue }
            if case .mouse(let mouse) = event, mouse.kind == .drag,
                case .mouse(let previous)? = events.last, previous.kind == .drag
            {
                events.removeLast()
            }
            events.append(event)
        }
        return events
    }

    private func readLog() -> [TerminalEvent] {
        var bytes = [CChar](repeating: 0, count: 4096)
        var lines: [String] = []
        while true {
            let count = Int(inn_terminal_read_log(&bytes, Int32(bytes.count)))
            guard count > 0 else { break }
            lines += logLines.append(bytes[..<count].map { UInt8(bitPattern: $0) })
        }
        return lines.map(TerminalEvent.logLine)
    }

    private static func milliseconds(_ timeout: Duration?) -> Int32 {
        guard let timeout else { return -1 }
        let (seconds, attoseconds) = timeout.components
        guard seconds < 1_000_000 else { return 1_000_000_000 }
        // Rounded up, so that a caller who waits for a deadline does not spin during the last millisecond.
        let partial = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int32(max(0, seconds * 1000 + partial))
    }

    private static func shimLevel(_ level: ColorLevel?) -> inn_color_level {
        switch level {
        case nil: INN_COLOR_AUTOMATIC
        case .mono: INN_COLOR_MONO
        case .palette8: INN_COLOR_8
        case .palette256: INN_COLOR_256
        case .truecolor: INN_COLOR_DIRECT
        }
    }

    private static func level(_ level: inn_color_level) -> ColorLevel {
        switch level {
        case INN_COLOR_DIRECT: .truecolor
        case INN_COLOR_256: .palette256
        case INN_COLOR_8: .palette8
        default: .mono
        }
    }
}
