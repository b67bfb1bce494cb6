// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "inn-tui-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "inn-tui", path: ".."),
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        .executableTarget(
            name: "Kernels",
            dependencies: [
                .product(name: "Benchmark", package: "benchmark"),
                .product(name: "CKernels", package: "inn-tui"),
                .product(name: "INNKit", package: "inn-tui"),
            ],
            path: "Benchmarks/Kernels",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
        )
    ]
)
