import INNKit
import INNScreens

/// Being at a place once more.
extension GeneratorSession {
    /// What was read and under which changes.
    package var course: TextCourse {
        let known = twin.course
        // Of a file what was read, which tells it from another one of its name.
        let ids = givenPath != nil ? Array(known.text.prefix(characters.count)) : known.text
        let text = alphabet.decode(ids)
        let isFaithful = alphabet.encode(text) == ids
        return TextCourse(
            text: isFaithful ? text : nil, ids: isFaithful ? nil : ids, promptCount: promptCount,
            position: position, furthest: characters.count, sampling: sampling,
            changes: known.changes.map { TextCourse.Change(start: $0.start, interventions: $0.interventions) },
            file: givenPath, fileLength: givenLength)
    }

    /// Forgets everything and goes where another session was; what has to be read for it is read by ``work()``.
    ///
    /// - Parameters:
    ///   - given: the file that it was reading, when it can still be read.
    ///   - averages: of the network; needed by some changes.
    /// - Returns: a remark when it is not quite the same.
    /// - Throws: ``INNError`` when the view is of another network; nothing has changed then.
    func take(_ course: TextCourse, given: GivenText?, averages: NeuronAverages?) throws -> String? {
        var ids = try fitting(course)
        var remark: String?
        if course.file != nil {
            if let given, given.ids.starts(with: ids) {
                ids = given.ids
            } else {
                remark = "the file has changed or is gone: its text ends where you had read to"
            }
        }
        let isGiven = course.file != nil
        try twin.take(
            TwinGenerator.Course(
                text: ids, givenCount: isGiven ? ids.count : course.promptCount,
                changes: course.changes.map { ($0.start, $0.interventions) }, seed: course.seed),
            averages: averages)
        begin(course, length: ids.count)
        goal = course.furthest
        landing = course.position
        if course.furthest == 0 { (goal, landing) = (nil, nil) }
        return remark
    }

    /// The text of a course.
    ///
    /// - Throws: ``INNError`` when the network cannot have been there.
    func fitting(_ course: TextCourse) throws -> [Int32] {
        let ids = course.ids ?? alphabet.encode(course.text ?? "")
        guard ids.allSatisfy({ (0..<Int32(alphabet.vocabularySize)).contains($0) }), course.position >= 0,
            course.position <= course.furthest, course.furthest <= ids.count,
            (0...ids.count).contains(course.promptCount), course.temperature >= 0, course.temperature <= 100,
            course.topK.map({ $0 > 0 }) ?? true
        else { throw INNError(.data, "This view is of another network, or damaged.") }
        return ids
    }
}
