import INNKit
import Testing

/// What a step would take on more cores, worked out from the tasks of one.
struct TaskScheduleTests {
    @Test func tasksGoToWhoeverIsFirstFree() {
        let schedule = TaskSchedule(regions: [[3, 3, 2, 2, 2]], serial: 0)
        #expect(schedule.seconds(cores: 1) == 12)
        // 3 + 2 + 2 on one, 3 + 2 on the other.
        #expect(schedule.seconds(cores: 2) == 7)
        // 3, 3 and 2 + 2, and the last 2 behind a 3.
        #expect(schedule.seconds(cores: 3) == 5)
        #expect(schedule.seconds(cores: 5) == 3 && schedule.seconds(cores: 64) == 3)
    }

    /// Amdahl's law for tasks without end; and each call waits for its last task.
    @Test func whatBelongsToNoTaskStays() {
        let even = [Double](repeating: 1, count: 64)
        let schedule = TaskSchedule(regions: [even, even], serial: 2)
        #expect(schedule.total == 130)
        #expect(schedule.seconds(cores: 16) == 2 + 4 + 4)
        #expect(schedule.efficiency(cores: 16) == 0.8125)
        #expect(schedule.seconds(cores: 64, start: 0.5) == 2 + 1.5 + 1.5)
        // One core is not set to work, and no other one for a single task.
        #expect(schedule.seconds(cores: 1, start: 0.5) == 130)
        #expect(TaskSchedule(regions: [[1]], serial: 0).seconds(cores: 4, start: 0.5) == 1)
    }

    @Test func everyTaskOfATeamIsRecordedOnce() {
        let recorder = TaskRecorder()
        let team = ThreadTeam(recording: recorder)
        #expect(team.threadCount == 1)
        var done: [Int] = []
        team.run(3) { task, worker in done.append(10 * task + worker) }
        team.run(1) { _, _ in }
        team.run(0) { _, _ in }
        #expect(done == [0, 10, 20])
        let schedule = recorder.take(ofSeconds: 1)
        #expect(schedule.regions.map(\.count) == [3, 1, 0])
        #expect(abs(schedule.total - 1) < 1e-9)
        #expect(recorder.take(ofSeconds: 1) == TaskSchedule(regions: [], serial: 1))
    }
}
