import Audio
import AudioDevices
import Conversation
import Foundation
import TerminalUI

/// Microphone, loudspeaker and what cleans the sound, for one conversation.
final class SoundSystem: Sendable {
    let loudspeaker: Loudspeaker
    private let microphone: Microphone
    private let frontEnd: FrontEnd
    private let memory: RememberedSettings

    /// Devices by the settings; nothing is opened before `start`.
    ///
    /// `consume` gets every cleaned frame on the front end's thread, `report` what happens to the devices on a thread of theirs.
    init(
        _ settings: SoundSettings, speechRate: Int, levels: SoundLevels, memory: RememberedSettings,
        consume: sending @escaping (UnsafeBufferPointer<Float>, VoiceFrame) -> FrontEnd.Attention,
        report: @escaping @Sendable (DeviceEvent) -> Void
    ) {
        self.memory = memory
        microphone = Microphone(device: settings.input, report: report)
        loudspeaker = Loudspeaker(
            device: settings.output, sampleRate: speechRate, levels: levels, report: report)
        frontEnd = FrontEnd(
            microphone: microphone, loudspeaker: loudspeaker, processor: Self.processor(settings), levels: levels,
            consume: consume)
    }

    /// The turn detector's settings for sound that went through the chain.
    static func turns(_ turns: TurnSettings, through settings: SoundSettings) -> TurnSettings {
        var turns = turns
        switch VoiceProcessingSettings.NoiseSuppression(rawValue: settings.noiseSuppression) ?? .low {
        case .off: turns.noiseSuppressed = 0
        case .low: turns.noiseSuppressed = 6
        case .moderate: turns.noiseSuppressed = 10
        case .high: turns.noiseSuppressed = 15
        }
        return turns
    }

    /// The WebRTC chain, or plain levels and a voice flag where that cannot be made.
    private static func processor(_ settings: SoundSettings) -> sending any VoiceProcessor {
        var chain = VoiceProcessingSettings()
        chain.echoCancellation = settings.hasEchoCanceller
        chain.noiseSuppression =
            VoiceProcessingSettings.NoiseSuppression(rawValue: settings.noiseSuppression) ?? .low
        chain.gainControl = settings.hasGainControl
        chain.highPass = settings.hasHighPass
        return (try? WebRTCVoiceProcessor(chain)) ?? PlainVoiceProcessor()
    }

    /// Opens the devices, on threads of theirs.
    func start() {
        loudspeaker.start()
        microphone.start()
        frontEnd.start()
    }

    /// Lets go of the devices; does not wait for one that hangs.
    func close() {
        frontEnd.close()
        microphone.close()
        loudspeaker.close()
    }

    /// The names in use, for the screen; nil for one that is not there.
    var names: (input: String?, output: String?) {
        (
            microphone.status.isOpen ? microphone.status.device : nil,
            loudspeaker.status.isOpen ? loudspeaker.status.device : nil
        )
    }

    /// What the screen's list of devices shows; asks the sound library, which may take its time.
    var list: DeviceList { Self.list(input: microphone.status.device, output: loudspeaker.status.device) }

    /// The devices there are, with those in use.
    static func list(input: String?, output: String?) -> DeviceList {
        let devices = SoundDevices.list()
        func choices(_ fits: (SoundDevice) -> Bool) -> [DeviceChoice] {
            devices.filter(fits).map { DeviceChoice(name: $0.name, label: $0.description) }
        }
        return DeviceList(
            inputs: choices(\.canCapture), outputs: choices(\.canPlay), input: input, output: output)
    }

    /// Uses another device from now on, and in later runs.
    func use(_ name: String, as direction: DeviceDirection) {
        switch direction {
        case .input: microphone.use(name)
        case .output: loudspeaker.use(name)
        }
        // Not being able to remember does not change what is heard now.
        try? memory.remember(direction == .input ? "audio.input" : "audio.output", name)
    }
}
