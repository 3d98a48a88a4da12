import ArgumentParser
import Audio
import AudioDevices
import Foundation

/// Lists the sound devices and tries them out.
struct DevicesCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "devices", abstract: "List microphones and loudspeakers by name; try them out with --test.",
        discussion: """
            A name goes into audio.input or audio.output, or behind --device-in and --device-out of talk. With --test 3 seconds are \
            recorded and played, then the echo between loudspeaker and microphone is measured with a second of noise.
            """)

    @Flag(help: "Record and play 3 seconds, and measure the echo.")
    var test = false

    @Option(help: ArgumentHelp("The microphone to try.", valueName: "name"))
    var deviceIn: String?

    @Option(help: ArgumentHelp("The loudspeaker to try.", valueName: "name"))
    var deviceOut: String?

    @OptionGroup var shared: SharedOptions

    func run(in program: Program) throws {
        if test { return try tryOut(in: program) }
        let devices = SoundDevices.list()
        if devices.isEmpty {
            throw Failure(
                .unavailable, "there are no sound devices", operand: "devices",
                fix: "plug one in, or work with files: parley ask question.wav")
        }
        let width = devices.map(\.name.count).max() ?? 0
        for device in devices {
            let name = device.name.padding(toLength: width, withPad: " ", startingAt: 0)
            try program.console.line(device.json, orText: "\(name)  \(device.uses)  \(device.description)")
        }
    }

    private func tryOut(in program: Program) throws {
        let console = program.console
        let input = deviceIn ?? program.settings.sound.input
        let output = deviceOut ?? program.settings.sound.output
        // The check itself would fall back to the default device: here the named ones are meant.
        _ = try DeviceProbe.open(input, .microphone)
        _ = try DeviceProbe.open(output, .loudspeaker)
        let check = SoundCheck(microphone: input, loudspeaker: output)
        defer { check.close() }
        console.note("recording 3 seconds from \(input): say something")
        let sound = try check.record(seconds: 3, isCancelled: program.signals.check)
        let level = SoundReport.decibels(sound)
        console.note("playing them on \(output)")
        let clip = try Resampler.convert(AudioClip(samples: sound, sampleRate: VoiceFrame.sampleRate), to: 24_000)
        try check.play(clip.samples, isCancelled: program.signals.check)
        console.note("measuring the echo: a second of noise")
        let echo = try check.echo(isCancelled: program.signals.check)
        let report = SoundReport(input: input, output: output, level: level, echo: echo, status: check.status)
        try console.line(report.json, orText: report.text)
    }
}
