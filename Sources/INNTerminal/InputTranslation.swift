import CNcurses
import INNScreens

/// Turns the shim's input records into the values that the reducer knows.
enum InputTranslation {
    /// The event for a record, or nil for a control code without a name.
    static func event(_ input: inn_input) -> TerminalEvent? {
        if let kind = mouseKind(input.kind) {
            return .mouse(MouseEvent(kind: kind, x: Int(input.x), y: Int(input.y)))
        }
        if input.kind == INN_BACKGROUND {
            return .background(
                .rgb(
                    UInt8(input.code >> 16 & 0xFF), UInt8(input.code >> 8 & 0xFF), UInt8(input.code & 0xFF)))
        }
        return key(input).map(TerminalEvent.key)
    }

    private static func mouseKind(_ kind: inn_input_kind) -> MouseEvent.Kind? {
        switch kind {
        case INN_MOUSE_PRESS: .press
        case INN_MOUSE_RELEASE: .release
        case INN_MOUSE_DRAG: .drag
        case INN_MOUSE_SCROLL_UP: .scrollUp
        case INN_MOUSE_SCROLL_DOWN: .scrollDown
        default: nil
        }
    }

    private static func key(_ input: inn_input) -> Key? {
        switch input.kind {
        case INN_KEY_UP: .up
        case INN_KEY_DOWN: .down
        case INN_KEY_LEFT: .left
        case INN_KEY_RIGHT: .right
        case INN_KEY_PAGE_UP: .pageUp
        case INN_KEY_PAGE_DOWN: .pageDown
        case INN_KEY_HOME: .home
        case INN_KEY_END: .end
        case INN_KEY_ENTER: .enter
        case INN_KEY_ESCAPE: .escape
        case INN_KEY_TAB: .tab
        case INN_KEY_BACK_TAB: .backTab
        case INN_KEY_BACKSPACE: .backspace
        case INN_KEY_DELETE: .delete
        case INN_KEY_F1: .f1
        default: character(input.code)
        }
    }

    private static func character(_ code: UInt32) -> Key? {
        guard let scalar = Unicode.Scalar(code) else { return nil }
        if (1...26).contains(code), let letter = Unicode.Scalar(code + 0x60) { return .control(Character(letter)) }
        return scalar.properties.generalCategory == .control ? nil : .character(Character(scalar))
    }
}
