// swift-tools-version: 6.2
import PackageDescription

// A package of its own, as somebody would write it who uses inn-tui as a library. Elsewhere than here, depend on
// `.package(url: …, branch: "main")` in place of the path.
let package = Package(
    name: "TrainAndAblate",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "inn-tui", path: "../..")],
    targets: [
        .executableTarget(
            name: "TrainAndAblate",
            dependencies: [
                .product(name: "INNKit", package: "inn-tui"), .product(name: "INNLab", package: "inn-tui"),
            ])
    ]
)
