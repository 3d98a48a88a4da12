/// Which way the sound of a device goes; the raw value is what people call such a device.
public enum SoundDirection: String, CaseIterable, Sendable {
    /// Into the program.
    case microphone
    /// Out of the program.
    case loudspeaker
}

/// Something that happened to a device while the program runs, to be told to the user.
public struct DeviceEvent: Equatable, Sendable {
    /// What happened.
    public enum Kind: String, Sendable {
        /// The device that was asked for was opened.
        case opened
        /// Another device is used, because the one asked for cannot be opened.
        case replaced
        /// There is no device; said once, tried again quietly.
        case missing
        /// The device is open and moves no sound.
        case silent
        /// The device went away.
        case lost
        /// The device is back or moves sound again.
        case recovered
        /// The device stutters; sound was lost or repeated.
        case troubled
    }

    /// The microphone or the loudspeaker.
    public var side: SoundDirection
    /// What happened.
    public var kind: Kind
    /// The name of the device.
    public var device: String
    /// One sentence for the user, without a full stop.
    public var sentence: String

    /// An event.
    public init(side: SoundDirection, kind: Kind, device: String, sentence: String) {
        self.side = side
        self.kind = kind
        self.device = device
        self.sentence = sentence
    }
}

/// How a microphone or loudspeaker is doing.
public struct DeviceStatus: Equatable, Sendable {
    /// The device in use, or the one that is waited for.
    public var device: String
    /// Whether it is open and moves sound.
    public var isOpen = false
    /// Samples a second at the device.
    public var rate = 0
    /// Channels at the device.
    public var channels = 0
    /// Length of a period in milliseconds.
    public var periodMilliseconds = 0.0
    /// Milliseconds between the program and the air.
    public var delayMilliseconds = 0.0
    /// Underruns or overruns since the start.
    public var overruns = 0
    /// Milliseconds of microphone sound that were dropped to catch up.
    public var droppedMilliseconds = 0
    /// Times a device was opened.
    public var openings = 0

    /// Nothing is open yet.
    public init(device: String) { self.device = device }
}
