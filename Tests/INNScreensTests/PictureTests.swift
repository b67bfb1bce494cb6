import Foundation
import Testing
@testable import INNScreens

/// Writes SVG pictures of every screen to the folder `INN_PICTURES_DIR`, for people to look at.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["INN_PICTURES_DIR"] != nil))
struct PictureTests {
    @Test(arguments: ScreenID.allCases)
    func writesPictures(_ screen: ScreenID) throws {
        let folder = URL(fileURLWithPath: ProcessInfo.processInfo.environment["INN_PICTURES_DIR"] ?? ".")
        let run = SyntheticRun(steps: 3200)
        for (width, height) in [(160, 50), (120, 40), (80, 24), (40, 12)] {
            let state = run.state(screen, width: width, height: height)
            try exportView(state, .svg).contents.write(to: folder.appendingPathComponent("\(screen.rawValue)-\(width)x\(height).svg"), atomically: true, encoding: .utf8)
        }
    }
}
