// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target of ours.
let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    // `any P` is written out, so that a boxed call is visible where it is made.
    .enableUpcomingFeature("ExistentialAny"),
    // A member is usable only where its module is imported: the import list of a file is its real dependency list.
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "parley",
    products: [.executable(name: "parley", targets: ["parley"])],
    dependencies: [
        // Commands, help texts and completion scripts.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // Log lines with levels, to standard error or a file.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        // parley.yaml and the detokenizer's config.yaml.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // System libraries: a module map and a header each. No pkgConfig: it only adds warnings about dropped flags.
        .systemLibrary(name: "CSndFile", providers: [.apt(["libsndfile1-dev"])]),
        .systemLibrary(name: "CSoxr", providers: [.apt(["libsoxr-dev"])]),

        // -O3 also in debug builds: numeric tests over unoptimised loops take minutes. The vector variants carry
        // per-function target attributes, so no -m flag is needed and the program runs on any x86-64.
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3", "-fno-math-errno"])]),
        .target(name: "Tensors", dependencies: ["CKernels"], swiftSettings: swiftSettings),
        .target(name: "Audio", dependencies: ["CSndFile", "CSoxr", "CKernels"], swiftSettings: swiftSettings),
        .target(
            name: "KimiAudio",
            dependencies: ["Tensors", "Audio", "CKernels", .product(name: "Yams", package: "Yams")],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "parley",
            dependencies: [
                "KimiAudio", "Tensors", "Audio",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: swiftSettings),

        // What several test targets share: fixtures' paths, tolerances, running the built program.
        .target(
            name: "TestSupport", dependencies: ["Tensors"], path: "Tests/TestSupport", swiftSettings: swiftSettings),
        .testTarget(
            name: "TensorsTests", dependencies: ["Tensors", "CKernels", "TestSupport"], swiftSettings: swiftSettings),
        .testTarget(
            name: "AudioTests", dependencies: ["Audio", "CKernels", "Tensors", "TestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "KimiAudioTests", dependencies: ["KimiAudio", "Tensors", "Audio", "TestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "ParleyTests", dependencies: ["parley", "KimiAudio", "Audio", "Tensors", "TestSupport"],
            swiftSettings: swiftSettings),
    ]
)

// Fuzz targets are only there when Tests/Fuzz/run.sh asks for them: they link libFuzzer.
if Context.environment["PARLEY_FUZZ"] != nil {
    package.targets.append(.systemLibrary(name: "CLibFuzzer", path: "Tests/Fuzz/CLibFuzzer"))
    for parser in ["Configuration", "RankFile", "SafetensorsFile", "Sound", "TorchZipFile"] {
        package.targets.append(
            .executableTarget(
                name: "Fuzz" + parser, dependencies: ["CLibFuzzer", "Audio", "KimiAudio", "Tensors"],
                path: "Tests/Fuzz/" + parser, swiftSettings: swiftSettings,
                linkerSettings: [.unsafeFlags(["-sanitize=fuzzer"])]))
    }
}
