import Foundation
import Testing

@testable import INNCore

/// How threads wait for each other.
@Suite struct MonitorTests {
    @Test func messagesArriveInOrderAndNoneIsLost() {
        let mailbox = Monitor<[Int]>()
        for sender in 0..<4 {
            Thread.detachNewThread { for number in 0..<1000 { mailbox.send(sender * 1000 + number) } }
        }
        var received: [Int] = []
        while received.count < 4000 { received += mailbox.take() }
        for sender in 0..<4 {
            #expect(received.filter { $0 / 1000 == sender } == Array(sender * 1000..<sender * 1000 + 1000))
        }
        #expect(mailbox.takeWaiting().isEmpty)
    }

    @Test func waitingEndsAtTheDeadline() {
        let mailbox = Monitor<[Int]>()
        #expect(mailbox.take(until: Date(timeIntervalSinceNow: 0.05)).isEmpty)
        #expect(mailbox.take(until: .distantPast).isEmpty)
        mailbox.send(1)
        #expect(mailbox.take(until: .distantPast) == [1])
    }

    @Test func aGateStaysOpenForAll() {
        let gate = Monitor<Bool>()
        gate.pass(until: .distantPast)
        #expect(!gate.hasOpened())
        let passed = Monitor(0)
        for _ in 0..<3 {
            Thread.detachNewThread {
                gate.pass()
                passed.update { $0 += 1 }
            }
        }
        gate.open()
        passed.wait { $0 == 3 ? () : nil }
        gate.pass()
        #expect(gate.hasOpened())
    }

    @Test func whatIsLookedForIsTakenOut() {
        let numbers = Monitor([1, 2, 3])
        let even = numbers.wait { list in list.firstIndex { $0 % 2 == 0 }.map { list.remove(at: $0) } }
        #expect(even == 2 && numbers.read { $0 } == [1, 3])
        #expect(numbers.wait(until: .distantPast) { $0.contains(7) ? true : nil } == nil)
    }
}
