import INNKit
import INNScreens

/// Going to places of interest.
extension GeneratorSession {
    /// Goes to the next or previous place; where it has to be read first, ``work()`` goes on with it.
    ///
    /// - Returns: what is to be said about it now; nil while it goes on.
    func seek(_ interest: Interest, backwards: Bool) -> String? {
        leavePosition()
        let here = position - 1
        var search = PlaceSearch(interest, neurons: neurons, after: here)
        if backwards {
            guard let found = search.previous(characters, before: here) else {
                return search.missing + " before this place"
            }
            back(here - found)
            return search.sentence(characters, found, symbols: symbols)
        }
        self.search = search
        goal = min(position + PlaceSearch.farthest, givenLength ?? .max)
        return lookAhead()
    }

    /// Looks at what is known behind the present character; goes there when there is a place.
    func lookAhead() -> String? {
        guard var search, let goal else { return nil }
        defer { if self.search != nil { self.search = search } }
        if let found = search.next(characters, isComplete: isAtEnd) {
            self.search = nil
            self.goal = nil
            if found + 1 > position { advance(found + 1 - position) } else { back(position - found - 1) }
            return search.sentence(characters, found, symbols: symbols)
        }
        guard position >= goal || isAtEnd else { return nil }
        self.search = nil
        self.goal = nil
        return search.missing + " up to position \(position)"
    }
}
