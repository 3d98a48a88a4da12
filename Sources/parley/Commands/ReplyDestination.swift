import Foundation

/// Where the spoken replies of a batch go.
enum ReplyDestination: Equatable {
    /// One file; `-` is standard output.
    case file(String)
    /// A folder, each named after its question.
    case folder(String)
    /// The current folder, as NAME-reply.wav.
    case beside

    /// A path for each question, all different and none of them a question's own file.
    ///
    /// A folder's replies may replace those of an earlier run; in the current folder, where nobody asked for a name, no
    /// existing file is replaced.
    func paths(for questions: [AskedQuestion], exists: (String) -> Bool = Self.exists) -> [String] {
        var taken = Set(questions.compactMap(\.file).map(Self.identity))
        return questions.map { question in
            switch self {
            case .file(let path): return path
            case .folder(let folder):
                let path = Self.free(folder + "/" + question.baseName) { taken.contains(Self.identity($0)) }
                taken.insert(Self.identity(path))
                return path
            case .beside:
                let path = Self.free(question.baseName + "-reply") { taken.contains(Self.identity($0)) || exists($0) }
                taken.insert(Self.identity(path))
                return path
            }
        }
    }

    /// `stem.wav`, `stem-2.wav`, ...: the first that is not taken.
    private static func free(_ stem: String, taken: (String) -> Bool) -> String {
        var path = stem + ".wav"
        var number = 2
        while taken(path) {
            path = "\(stem)-\(number).wav"
            number += 1
        }
        return path
    }

    /// Two spellings of one file are the same.
    private static func identity(_ path: String) -> String {
        URL(filePath: path).standardizedFileURL.resolvingSymlinksInPath().path
    }

    private static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
}

/// A question as it was given.
enum AskedQuestion: Equatable {
    /// A file; `-` is standard input.
    case sound(String)
    case text(String)

    /// What the output calls it: the path as given, `-`, or the text.
    var label: String {
        switch self {
        case .sound(let path): path
        case .text(let text): text
        }
    }

    /// A written question.
    var text: String? { if case .text(let text) = self { text } else { nil } }

    /// The path of a file, nil for standard input and text.
    var file: String? {
        if case .sound(let path) = self, path != "-" { path } else { nil }
    }

    /// The file's name without its ending.
    var baseName: String {
        guard let file else { return self == .sound("-") ? "standard-input" : "text" }
        let name = URL(filePath: file).deletingPathExtension().lastPathComponent
        return name.isEmpty || name == "/" ? "reply" : name
    }
}
