/// Which theme is wanted.
public enum ThemeChoice: String, CaseIterable, Sendable {
    /// Dark unless the terminal says that its ground is light.
    case automatic = "auto"
    case dark
    case light
    /// No colours, as with NO_COLOR.
    case none
}

/// The colours of tones for a terminal that has so many.
struct Theme: Equatable, Sendable {
    /// What a terminal is told about a cell: colour numbers, -1 for its own.
    struct Look: Equatable, Sendable {
        var ink: Int
        var ground: Int
        var attributes: Style.Attributes
    }

    /// Loudness levels of a picture of sound.
    static let heatLevels = 10

    var isLight: Bool
    /// 0, 8, 16 or 256.
    var colors: Int

    /// The theme of a choice; `environment` tells about the terminal.
    init(_ choice: ThemeChoice, colors: Int, environment: [String: String] = [:]) {
        self.colors = choice == .none || Self.refusesColor(environment) ? 0 : colors
        switch choice {
        case .light: isLight = true
        case .dark, .none: isLight = false
        case .automatic: isLight = Self.hasLightGround(environment)
        }
    }

    /// Whether NO_COLOR is set and not empty.
    static func refusesColor(_ environment: [String: String]) -> Bool {
        environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    }

    /// COLORFGBG is "ink;ground" in the numbers of the 16 colours; 7 and 15 are the light grounds.
    private static func hasLightGround(_ environment: [String: String]) -> Bool {
        let ground = environment["COLORFGBG"]?.split(separator: ";").last
        return ground == "7" || ground == "15"
    }

    /// What the terminal is told.
    func look(_ style: Style) -> Look {
        var attributes = style.attributes
        if colors < 256 { attributes.formUnion(substitute(style.ink)) }
        return Look(ink: number(style.ink), ground: number(style.ground), attributes: attributes)
    }

    /// What stands for a tone where colours are few or none.
    private func substitute(_ tone: Tone) -> Style.Attributes {
        switch tone {
        case .quiet, .faint: .dim
        case .user, .assistant, .warning, .failure, .accent: colors == 0 ? .bold : []
        case .plain, .heat: []
        }
    }

    private func number(_ tone: Tone) -> Int {
        if colors >= 256 { return isLight ? light256(tone) : dark256(tone) }
        if colors >= 8 { return few(tone) }
        return -1
    }

    private func dark256(_ tone: Tone) -> Int {
        switch tone {
        case .plain: -1
        case .quiet: 245
        case .faint: 239
        case .user: 110
        case .assistant: 150
        case .accent: 180
        case .warning: 215
        case .failure: 203
        case .heat(let level): Self.ramp([-1, 53, 89, 125, 161, 167, 173, 215, 222, 230], level)
        }
    }

    private func light256(_ tone: Tone) -> Int {
        switch tone {
        case .plain: -1
        case .quiet: 242
        case .faint: 250
        case .user: 25
        case .assistant: 28
        case .accent: 130
        case .warning: 166
        case .failure: 160
        case .heat(let level): Self.ramp([-1, 225, 218, 211, 204, 161, 125, 89, 53, 16], level)
        }
    }

    private func few(_ tone: Tone) -> Int {
        switch tone {
        case .plain, .quiet, .faint: -1
        case .user: isLight ? 4 : 6
        case .assistant: 2
        case .accent: isLight ? 5 : 3
        case .warning: isLight ? 5 : 3
        case .failure: 1
        case .heat(let level):
            Self.ramp(isLight ? [-1, 6, 6, 4, 4, 5, 5, 1, 1, 0] : [-1, 4, 4, 5, 5, 1, 1, 3, 3, 7], level)
        }
    }

    private static func ramp(_ numbers: [Int], _ level: Int) -> Int { numbers[min(max(level, 0), numbers.count - 1)] }
}
