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
        // Saved sessions in SQLite: migrations, write-ahead log, readers beside the writer.
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // System libraries: a module map and a header each. No pkgConfig: it only adds warnings about dropped flags.
        .systemLibrary(name: "CSndFile", providers: [.apt(["libsndfile1-dev"])]),
        .systemLibrary(name: "CSoxr", providers: [.apt(["libsoxr-dev"])]),
        .systemLibrary(name: "CWebRTC", providers: [.apt(["libwebrtc-audio-processing-dev"])]),

        // What Swift cannot call in a system library: variadic functions, macros, C globals, C++ classes.
        .target(name: "CALSA", linkerSettings: [.linkedLibrary("asound")]),
        .target(
            name: "CNCurses",
            cSettings: [
                .define("NCURSES_WIDECHAR", to: "1"), .define("_XOPEN_SOURCE", to: "700"), .define("_DEFAULT_SOURCE"),
            ],
            linkerSettings: [.linkedLibrary("ncursesw"), .linkedLibrary("tinfo")]),
        // The library's headers stop with "Unsupported platform" without these two definitions.
        .target(
            name: "CVoiceProcessing", dependencies: ["CWebRTC"],
            cxxSettings: [
                .define("WEBRTC_POSIX"), .define("WEBRTC_AUDIO_PROCESSING_ONLY_BUILD"),
                .unsafeFlags(["-I/usr/include/webrtc_audio_processing"]),
            ],
            // The module map links for Swift; here C++ uses the library.
            linkerSettings: [.linkedLibrary("webrtc_audio_processing")]),

        // -O3 also in debug builds: numeric tests over unoptimised loops take minutes. The vector variants carry
        // per-function target attributes, so no -m flag is needed and the program runs on any x86-64.
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3", "-fno-math-errno"])]),
        .target(name: "Tensors", dependencies: ["CKernels"], swiftSettings: swiftSettings),
        .target(name: "Audio", dependencies: ["CSndFile", "CSoxr", "CKernels"], swiftSettings: swiftSettings),
        .target(
            name: "KimiAudio",
            dependencies: ["Tensors", "Audio", "CKernels", .product(name: "Yams", package: "Yams")],
            swiftSettings: swiftSettings),
        .target(
            name: "Conversation",
            dependencies: ["KimiAudio", "Audio", "Tensors", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: swiftSettings),
        .target(
            name: "AudioDevices", dependencies: ["Audio", "CALSA", "CVoiceProcessing"], swiftSettings: swiftSettings),
        .target(
            name: "TerminalUI", dependencies: ["Conversation", "Audio", "CNCurses"], swiftSettings: swiftSettings),
        .executableTarget(
            name: "parley",
            dependencies: [
                "TerminalUI", "AudioDevices", "Conversation", "KimiAudio", "Tensors", "Audio",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: swiftSettings),

        // What several test targets share: fixtures' paths, tolerances, running the built program.
        .target(
            name: "TestSupport", dependencies: ["Tensors"], path: "Tests/TestSupport", swiftSettings: swiftSettings),
        // malloc and its kin with a count, for tests of threads that must not allocate.
        .target(name: "CAllocationCount", path: "Tests/CAllocationCount"),
        .testTarget(
            name: "TensorsTests", dependencies: ["Tensors", "CKernels", "TestSupport"], swiftSettings: swiftSettings),
        .testTarget(
            name: "AudioTests", dependencies: ["Audio", "CKernels", "Tensors", "TestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "KimiAudioTests", dependencies: ["KimiAudio", "Tensors", "Audio", "TestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "ConversationTests",
            dependencies: [
                "Conversation", "KimiAudio", "Audio", "Tensors", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "AudioDevicesTests",
            dependencies: ["AudioDevices", "CALSA", "Audio", "TestSupport", "CAllocationCount"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "TerminalUITests",
            dependencies: ["TerminalUI", "CNCurses", "Conversation", "KimiAudio", "Audio", "TestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "ParleyTests",
            dependencies: [
                "parley", "TerminalUI", "AudioDevices", "Conversation", "KimiAudio", "Audio", "Tensors", "TestSupport",
            ],
            swiftSettings: swiftSettings),
    ],
    cxxLanguageStandard: .cxx17
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
