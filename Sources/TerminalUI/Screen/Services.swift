import Audio
import Conversation

/// What the screen shows about the program, and how it begins.
public struct ScreenSetup: Sendable {
    /// The program's version.
    public var version: String
    /// The model's name.
    public var model: String
    /// What the header says about the session, such as "session 7f3a"; nil: nothing is kept.
    public var session: String?
    /// The colours.
    public var theme = ThemeChoice.automatic
    /// Whether the mouse wheel scrolls; the terminal's own selection then needs Shift.
    public var usesMouse = false
    /// How replies are given at first.
    public var mode = ReplyMode.speech
    /// Whether the microphone is off at first.
    public var isMuted = false
    /// Whether turns end by key alone at first.
    public var isPushToTalk = false
    /// The file that gets what is written to descriptor 2 while the screen is up; nil: one without a name.
    public var logFile: String?

    /// A screen for this model.
    public init(version: String, model: String, session: String? = nil) {
        self.version = version
        self.model = model
        self.session = session
    }
}

/// What the screen can ask of the program, apart from the conversation.
public struct ScreenServices: Sendable {
    /// Levels for the meters; nil: there are none.
    public var levels: SoundLevels?
    /// Sound devices; nil: they cannot be chosen.
    public var devices: DeviceChooser?
    /// Saved sessions; nil: they cannot be replayed.
    public var replays: (any ReplaySource)?

    /// What there is.
    public init(
        levels: SoundLevels? = nil, devices: DeviceChooser? = nil, replays: (any ReplaySource)? = nil
    ) {
        self.levels = levels
        self.devices = devices
        self.replays = replays
    }
}

/// The direction of a sound device.
public enum DeviceDirection: String, Sendable {
    case input, output
}

/// A sound device that can be chosen.
public struct DeviceChoice: Equatable, Sendable {
    /// What the sound system calls it.
    public var name: String
    /// What a person calls it.
    public var label: String

    /// A device.
    public init(name: String, label: String) {
        self.name = name
        self.label = label
    }
}

/// The sound devices there are.
public struct DeviceList: Equatable, Sendable {
    /// Microphones.
    public var inputs: [DeviceChoice]
    /// Loudspeakers.
    public var outputs: [DeviceChoice]
    /// The microphone in use, by name.
    public var input: String?
    /// The loudspeaker in use, by name.
    public var output: String?

    /// A list.
    public init(inputs: [DeviceChoice], outputs: [DeviceChoice], input: String?, output: String?) {
        self.inputs = inputs
        self.outputs = outputs
        self.input = input
        self.output = output
    }
}

/// Finds and changes sound devices.
///
/// Both are called on a thread that may wait for the sound system.
public struct DeviceChooser: Sendable {
    /// The devices there are now.
    public var list: @Sendable () -> DeviceList
    /// Uses another one from now on.
    public var choose: @Sendable (DeviceDirection, String) -> Void

    /// Devices found and changed by these.
    public init(
        list: @escaping @Sendable () -> DeviceList, choose: @escaping @Sendable (DeviceDirection, String) -> Void
    ) {
        self.list = list
        self.choose = choose
    }
}

/// A session in the list of the replay pane.
public struct SavedSession: Equatable, Sendable {
    /// Its id.
    public var id: String
    /// When it began, for people.
    public var title: String
    /// How many turns it has.
    public var turns: Int
    /// How long it lasted.
    public var seconds: Double
    /// Its first question, or what else tells sessions apart.
    public var summary: String

    /// A session.
    public init(id: String, title: String, turns: Int, seconds: Double, summary: String) {
        self.id = id
        self.title = title
        self.turns = turns
        self.seconds = seconds
        self.summary = summary
    }
}

/// A turn in the list of the replay pane.
public struct SavedTurn: Equatable, Sendable {
    /// Its number, from 1.
    public var number: Int
    /// What was asked, in words.
    public var question: String
    /// What was replied.
    public var reply: String
    /// How long it lasted.
    public var seconds: Double

    /// A turn.
    public init(number: Int, question: String, reply: String, seconds: Double) {
        self.number = number
        self.question = question
        self.reply = reply
        self.seconds = seconds
    }
}

/// Saved sessions, for the replay pane.
///
/// Called on a thread that may wait for a disk.
public protocol ReplaySource: Sendable {
    /// All sessions, newest first.
    func sessions() throws -> [SavedSession]
    /// The turns of one.
    func turns(of id: String) throws -> [SavedTurn]
    /// Begins to play a session at a turn; `wake` is called, from any thread, when there is something to `drain`.
    func play(_ id: String, from turn: Int, wake: @escaping @Sendable () -> Void) throws -> any ReplayPlaying
}

/// A session that is being played again.
///
/// No call waits.
public protocol ReplayPlaying: AnyObject, Sendable {
    /// Seconds of the whole.
    var duration: Double { get }
    /// Where it is, in seconds.
    var position: Double { get }
    /// Whether it is held.
    var isPaused: Bool { get }
    /// Whether its end was reached.
    var isFinished: Bool { get }
    /// 1 is as it was.
    var speed: Double { get set }
    /// Holds it.
    func pause()
    /// Goes on.
    func resume()
    /// Goes to a second of it. After a step back, `drain` tells everything from the beginning again, up to there.
    func seek(to seconds: Double)
    /// Ends it.
    func stop()
    /// What has happened since the last call, oldest first.
    func drain() -> [TimedEvent]
}
