import Foundation

/// A value that several threads share, and for whose changes they can wait: the way in which threads of this program
/// wait for each other. (Two waits keep a semaphore: those of a transfer and of the output queue, whose time limits
/// must not follow the wall clock.)
///
/// What is passed to a body is seen and changed by one thread at a time. A value that nobody waits for needs no more
/// than a `Mutex`.
package final class Monitor<Value>: @unchecked Sendable {
    private let condition = NSCondition()
    private var value: Value

    package init(_ value: Value) { self.value = value }

    /// Changes the value and wakes whoever waits for it.
    package func update<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        condition.lock()
        defer {
            condition.broadcast()
            condition.unlock()
        }
        return try body(&value)
    }

    package func read<Result>(_ body: (Value) throws -> Result) rethrows -> Result {
        condition.lock()
        defer { condition.unlock() }
        return try body(value)
    }

    /// Waits until `body` finds what it looks for in the value; it may change the value, for example to take something
    /// out of it.
    ///
    /// - Parameters:
    ///   - deadline: by the clock on the wall; nil waits as long as it takes.
    ///   - body: asked at once, after every ``update(_:)`` and once more at the deadline.
    /// - Returns: nil when it was not found by then.
    @discardableResult
    package func wait<Result>(
        until deadline: Date? = nil, for body: (inout Value) throws -> Result?
    ) rethrows
        -> Result?
    {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let found = try body(&value) { return found }
            if let deadline {
                guard condition.wait(until: deadline) else { return try body(&value) }
            } else {
                condition.wait()
            }
        }
    }
}

extension Monitor {
    /// A mailbox: messages that wait until they are taken, in order and without loss. Sending never waits.
    package convenience init<Message>() where Value == [Message] { self.init([]) }

    package func send<Message>(_ message: Message) where Value == [Message] { update { $0.append(message) } }

    /// Takes all messages that wait, or waits for one.
    ///
    /// - Parameter deadline: by which it returns, then without messages; nil waits as long as it takes.
    package func take<Message>(until deadline: Date? = nil) -> [Message] where Value == [Message] {
        wait(until: deadline) { messages in
            guard !messages.isEmpty else { return nil }
            defer { messages = [] }
            return messages
        } ?? []
    }

    /// The messages that wait, if any.
    package func takeWaiting<Message>() -> [Message] where Value == [Message] {
        condition.lock()
        defer {
            value = []
            condition.unlock()
        }
        return value
    }

    /// A gate that opens once and stays open, such as the end of a thread.
    package convenience init() where Value == Bool { self.init(false) }

    package func hasOpened() -> Bool where Value == Bool { read { $0 } }

    package func open() where Value == Bool { update { $0 = true } }

    /// Waits until it is open, or for the deadline.
    package func pass(until deadline: Date? = nil) where Value == Bool {
        wait(until: deadline) { isOpen -> Void? in isOpen ? () : nil }
    }
}
