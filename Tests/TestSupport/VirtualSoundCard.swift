import Foundation

/// A sound card for tests on any machine: a PulseAudio of our own with a microphone and a loudspeaker that only a program with
/// `environment` sees, through ALSA.
///
/// Needs neither root, nor hardware, nor a sound server of the user's. Everything ends and is removed with `stop`, with the
/// object, or with the process of the tests.
public final class VirtualSoundCard {
    /// One end of the card.
    public enum End: String, Sendable {
        /// What is played here is what the program captures.
        case microphone
        /// What the program plays arrives here.
        case speaker
    }

    /// The environment by which a program finds this card as its default sound device.
    public let environment: [String: String]
    private let folder: URL
    private let clientEnvironment: [String: String]
    private var daemon: LeashedProcess?
    /// Does nothing but to remove the folder, also when the tests are killed.
    private let folderGuard: LeashedProcess

    /// Starts the card.
    public init() throws {
        try Rig.require([
            ("pulseaudio", "pulseaudio"), ("pactl", "pulseaudio-utils"), ("paplay", "pulseaudio-utils"),
            ("parec", "pulseaudio-utils"),
        ])
        folder = try TemporaryFolder.make()
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path)
        folderGuard = try LeashedProcess.guarding(folder)
        let socket = folder.appending(path: "socket").path
        environment = [
            "ALSA_CONFIG_PATH": folder.appending(path: "alsa.conf").path, "PULSE_SERVER": "unix:" + socket,
            "PULSE_RUNTIME_PATH": folder.path, "PULSE_STATE_PATH": folder.path,
            "PULSE_COOKIE": folder.appending(path: "cookie").path,
        ]
        clientEnvironment = environment.merging(
            [
                "PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": folder.path, "XDG_RUNTIME_DIR": folder.path,
                "LC_ALL": "C.UTF-8",
            ]
        ) { $1 }
        try Data(Self.daemonScript(socket: socket).utf8).write(to: folder.appending(path: "card.pa"))
        try Data(Self.daemonSettings.utf8).write(to: folder.appending(path: "daemon.conf"))
        try Data(Self.alsaConfiguration(socket: socket).utf8).write(to: folder.appending(path: "alsa.conf"))
        try replug()
    }

    deinit { stop() }

    /// The environment of a machine without any sound device; the file is written into `folder`.
    public static func environmentWithoutDevices(in folder: URL) throws -> [String: String] {
        let file = folder.appending(path: "no-devices.conf")
        try Data("# No device is defined here.\n".utf8).write(to: file)
        return ["ALSA_CONFIG_PATH": file.path, "PULSE_SERVER": "unix:" + folder.appending(path: "no-server").path]
    }

    /// Ends the card and removes its folder.
    public func stop() {
        daemon?.stop()
        daemon = nil
        folderGuard.stop()
    }

    // MARK: - Failures of hardware

    /// The card vanishes at once, as when its plug is pulled.
    public func unplug() {
        daemon?.stop()
        daemon = nil
    }

    /// The card comes back.
    public func replug() throws {
        let socket = folder.appending(path: "socket")
        try? FileManager.default.removeItem(at: socket)
        let log = folder.appending(path: "daemon.log")
        var all = clientEnvironment
        all["PULSE_SERVER"] = nil
        all["PULSE_CONFIG"] = folder.appending(path: "daemon.conf").path
        let daemon = try LeashedProcess(
            ["pulseaudio", "-n", "--use-pid-file=no", "-F", folder.appending(path: "card.pa").path], environment: all,
            log: log)
        self.daemon = daemon
        try Rig.wait(10, for: "the sound server's answer", seen: { try String(contentsOf: log, encoding: .utf8) }) {
            guard daemon.isRunning else {
                throw RigError.notStarted(program: "pulseaudio", said: try String(contentsOf: log, encoding: .utf8))
            }
            // The socket is there before the sinks are.
            guard FileManager.default.fileExists(atPath: socket.path) else { return false }
            return (try? control(["info"]).contains("Default Sink: speaker")) == true
        }
    }

    /// The card hangs: it is there and does nothing.
    public func freeze() { if let daemon { kill(daemon.pid, SIGSTOP) } }

    /// The card goes on after `freeze`.
    public func thaw() { if let daemon { kill(daemon.pid, SIGCONT) } }

    // MARK: - Sound

    /// Plays a sound file into one end, in real time, and returns when it has been played.
    public func play(_ file: URL, into end: End = .microphone) throws {
        try Rig.run(["paplay", "--device=" + end.rawValue, file.path], environment: clientEnvironment)
    }

    /// Plays samples of −1 to 1 in real time.
    public func play(_ samples: [Float], rate: Int, into end: End = .microphone) throws {
        let file = folder.appending(path: "\(UUID().uuidString).wav")
        try SoundFixture.wave(samples, rate: rate).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try play(file, into: end)
    }

    /// Begins to play a sound file and returns at once; `stop` of the result breaks it off.
    public func startPlaying(_ file: URL, into end: End = .microphone) throws -> LeashedProcess {
        try LeashedProcess(
            ["paplay", "--device=" + end.rawValue, file.path], environment: clientEnvironment,
            log: folder.appending(path: "clients.log"))
    }

    /// Records what arrives at one end, until the recorder is stopped.
    public func record(_ end: End) throws -> SoundRecorder {
        try SoundRecorder(
            source: end.rawValue + ".monitor", environment: clientEnvironment,
            log: folder.appending(path: "clients.log"))
    }

    /// Lets the microphone hear the loudspeaker: `gain` in decibels, `latency` in milliseconds.
    ///
    /// Lasts until `unplug`.
    public func connectSpeakerToMicrophone(gain: Double, latency: Int) throws {
        let module = try control([
            "load-module", "module-loopback", "source=speaker.monitor", "sink=microphone", "latency_msec=\(latency)",
            "source_dont_move=true", "sink_dont_move=true",
        ]).trimmingCharacters(in: .whitespacesAndNewlines)
        var input: Int?
        try Rig.wait(5, for: "the loopback's stream") {
            let list = try JSONSerialization.jsonObject(
                with: Data(control(["--format=json", "list", "sink-inputs"]).utf8))
            let streams = list as? [[String: Any]] ?? []
            input = streams.first { "\($0["owner_module"] ?? "")" == module }?["index"] as? Int
            return input != nil
        }
        try control(["set-sink-input-volume", "\(input ?? -1)", "\(gain)dB"])
    }

    /// Ends every connection from the loudspeaker to the microphone.
    public func disconnectSpeaker() throws { try control(["unload-module", "module-loopback"]) }

    /// The streams that programs have open at the card: playing ones and capturing ones, this test's own included.
    public func streamCount() throws -> (playing: Int, capturing: Int) {
        let counts = try ["sink-inputs", "source-outputs"].map { kind in
            try control(["list", "short", kind]).split(separator: "\n").count
        }
        return (counts[0], counts[1])
    }

    @discardableResult
    private func control(_ arguments: [String]) throws -> String {
        try Rig.run(["timeout", "5", "pactl"] + arguments, environment: clientEnvironment)
    }
}
