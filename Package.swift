// swift-tools-version: 6.2
import PackageDescription

/// The numeric targets are optimised in debug builds too, so that tests run at a useful speed.
let optimisedSwift: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .unsafeFlags(["-O"], .when(configuration: .debug)),
    // Optimised builds lose `assert`, so what only debug builds check asks for this, see BufferParts.
    .define("INN_BOUNDS_CHECKS", .when(configuration: .debug)),
]
/// For targets that are pure: a member is seen only where its module is imported, so that no file reads the disk through
/// the import of another.
let pureSwift = optimisedSwift + [.enableUpcomingFeature("MemberImportVisibility")]
let swift6: [SwiftSetting] = [.swiftLanguageMode(.v6)]
/// The tag that is built, where there is one: the program's version.
let versionTag: [CSetting] =
    Context.gitInformation?.currentTag.map { [.define("INN_VERSION_TAG", to: "\"\($0)\"")] } ?? []

let package = Package(
    name: "inn-tui",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "inn-tui", targets: ["inn-tui"]),
        .library(name: "INNKit", targets: ["INNKit"]),
        .library(name: "INNLab", targets: ["INNLab"]),
        .library(name: "CKernels", targets: ["CKernels"]),
        .library(name: "inn-sync-trace", type: .dynamic, targets: ["CSyncTrace"]),
        // Stands in for NVIDIA's driver in tests.
        .library(name: "inn-emulated-cuda", type: .dynamic, targets: ["CEmulatedDevice"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        .target(
            name: "CNcurses",
            cSettings: [
                .define("_XOPEN_SOURCE_EXTENDED", to: "1"), .define("NCURSES_WIDECHAR", to: "1"),
                .define("_GNU_SOURCE", .when(platforms: [.linux])), .unsafeFlags(["-Wall", "-Wextra"]),
            ],
            linkerSettings: [
                .linkedLibrary("ncursesw", .when(platforms: [.linux])),
                .linkedLibrary("ncurses", .when(platforms: [.macOS])),
            ]
        ),
        .target(
            name: "CKernels",
            cSettings: [.unsafeFlags(["-O3", "-fno-math-errno", "-Wall", "-Wextra"])]
        ),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(
            name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"]), .brew(["libarchive"])]),
        .target(
            name: "INNCore",
            dependencies: ["CKernels", .target(name: "COpenBLAS", condition: .when(platforms: [.linux]))],
            swiftSettings: optimisedSwift
        ),
        .target(name: "INNData", dependencies: ["INNCore", "CArchive", "CZlib"], swiftSettings: optimisedSwift),
        .target(
            name: "INNStore",
            dependencies: [
                "INNCore", "CArchive", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: optimisedSwift
        ),
        .target(
            name: "CDevice", cSettings: [.unsafeFlags(["-Wall", "-Wextra"])],
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(
            name: "INNDevice",
            dependencies: ["INNCore", "CDevice"],
            resources: [.embedInCode("Kernels")],
            swiftSettings: optimisedSwift
        ),
        .target(
            name: "CRanks", cSettings: [.unsafeFlags(["-Wall", "-Wextra"])],
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(name: "INNEvaluation", dependencies: ["INNCore", "INNData"], swiftSettings: optimisedSwift),
        .target(
            name: "INNTraining",
            dependencies: ["INNCore", "INNData", "INNStore", "INNDevice", "INNEvaluation", "CKernels", "CRanks"],
            swiftSettings: optimisedSwift
        ),
        .target(name: "INNAnalysis", dependencies: ["INNCore"], swiftSettings: pureSwift),
        .target(
            name: "INNKit",
            dependencies: [
                "INNCore", "INNData", "INNStore", "INNDevice", "INNEvaluation", "INNTraining", "INNAnalysis",
            ],
            swiftSettings: swift6
        ),
        .target(name: "INNScreens", dependencies: ["INNKit"], swiftSettings: pureSwift),
        .target(name: "CVersion", cSettings: versionTag),
        .target(name: "INNLab", dependencies: ["INNKit", "INNScreens", "CVersion"], swiftSettings: optimisedSwift),
        .target(name: "INNTerminal", dependencies: ["CNcurses", "INNScreens", "INNKit"], swiftSettings: swift6),
        .target(name: "INNSettings", dependencies: ["INNKit"], swiftSettings: swift6),
        .executableTarget(
            name: "inn-tui",
            dependencies: [
                "INNKit", "INNLab", "INNScreens", "INNTerminal", "INNSettings",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swift6
        ),
        .target(name: "CKernelTables", dependencies: ["CKernels"], path: "Tests/CKernelTables"),
        .testTarget(
            name: "INNKitTests",
            dependencies: [
                "INNKit", "CKernels", "CKernelTables", "CArchive", "CEmulatedDevice",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            resources: [.copy("GoldenVectors")],
            swiftSettings: swift6
        ),
        .testTarget(
            name: "INNMeasureTests",
            dependencies: ["INNCore", "INNData", "INNEvaluation", "INNAnalysis", "INNKit", "INNLab"],
            swiftSettings: swift6
        ),
        .testTarget(name: "INNLabTests", dependencies: ["INNLab"], swiftSettings: swift6),
        .testTarget(
            name: "INNScreensTests", dependencies: ["INNScreens"], exclude: ["Snapshots"], swiftSettings: swift6),
        .executableTarget(
            name: "TerminalHarness",
            dependencies: ["INNTerminal"],
            path: "Tests/Support/TerminalHarness",
            swiftSettings: swift6
        ),
        .executableTarget(
            name: "inn-fuzz",
            dependencies: [
                "INNKit", "INNScreens", "INNSettings", "CArchive",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/Support/Fuzz",
            swiftSettings: optimisedSwift
        ),
        // The program of a package of its own, built here as well so that it cannot fall behind, see its Package.swift.
        .executableTarget(
            name: "train-and-ablate", dependencies: ["INNKit", "INNLab"],
            path: "Examples/TrainAndAblate/Sources/TrainAndAblate", swiftSettings: swift6),
        .target(
            name: "CPseudoTerminal",
            path: "Tests/Support/CPseudoTerminal",
            cSettings: [.define("_GNU_SOURCE", .when(platforms: [.linux]))]
        ),
        .target(
            name: "CEmulatedDevice", path: "Tests/Support/CEmulatedDevice",
            cxxSettings: [.unsafeFlags(["-O2", "-Wall"])]),
        .testTarget(
            name: "INNDeviceTests", dependencies: ["INNDevice", "INNKit", "CEmulatedDevice"], swiftSettings: swift6),
        .target(
            name: "CSyncTrace",
            path: "Tests/Support/CSyncTrace",
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]
        ),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "inn-tui", "INNLab", "INNTerminal", "TerminalHarness", "CPseudoTerminal", "inn-fuzz",
                "train-and-ablate",
            ],
            swiftSettings: swift6
        ),
    ],
    cxxLanguageStandard: .cxx20
)
