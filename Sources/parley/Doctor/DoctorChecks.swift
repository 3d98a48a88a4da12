import Audio
import AudioDevices
import Foundation
import Tensors

/// The things that doctor looks at, in the order in which they matter.
struct DoctorChecks {
    let program: Program

    func all() -> [Finding] {
        [
            processor(), kernels(), memory(), model(), files(), turnDetector(), speed(), soundFiles(), soundDevices(),
            terminal(), settings(),
        ]
    }

    private func processor() -> Finding {
        let count = ProcessInfo.processInfo.activeProcessorCount
        return Finding(
            subject: "processor", verdict: count < 2 ? .warning : .ok,
            detail: "\(count) threads, \(Processor.features)",
            fix: count < 2 ? "speech may lag behind: two processor threads are wanted" : "")
    }

    private func kernels() -> Finding {
        let slow = Processor.isScalar
        return Finding(
            subject: "kernels", verdict: slow ? .warning : .ok, detail: Processor.kernels,
            fix: slow ? "replies will be slow: a processor with AVX2 is wanted" : "")
    }

    private func memory() -> Finding {
        let total = Double(ProcessInfo.processInfo.physicalMemory) / 1e9
        let free = SystemMemory.available.map { Double($0) / 1e9 }
        let detail = String(format: "%.1f GB, %.1f GB available", total, free ?? total)
        // The bundled model needs 0.6 GB at its peak.
        let short = (free ?? total) < 0.8
        return Finding(
            subject: "memory", verdict: short ? .problem : .ok, detail: detail,
            fix: short ? "close other programs: 0.8 GB are needed" : "")
    }

    private func model() -> Finding {
        do {
            let folder = try program.shelf.folder(of: program.settings.model)
            let summary = try ModelSummary(CheckpointFolder(folder.path))
            let parameters = summary.parts.reduce(0) { $0 + $1.parameters }
            return Finding(
                subject: "model", verdict: .ok,
                detail: "\(program.settings.model), \(parameters / 1_000_000) M parameters, "
                    + "\(ModelSummary.megabytes(summary.bytes)) in \(folder.path)")
        } catch {
            let failure = Failure(error)
            return Finding(subject: "model", verdict: .problem, detail: failure.what, fix: failure.fix)
        }
    }

    private func files() -> Finding {
        do {
            let folder = try program.shelf.folder(of: program.settings.model)
            guard let manifest = try ModelManifest.named(folder.lastPathComponent, in: program.folder) else {
                return Finding(
                    subject: "model files", verdict: .ok, detail: "no hashes are known for \(program.settings.model)")
            }
            for file in manifest.files {
                if let problem = try file.problem(in: folder) {
                    return Finding(
                        subject: "model files", verdict: .problem, detail: "\(file.path) \(problem)",
                        fix: "copy or download it again")
                }
            }
            return Finding(subject: "model files", verdict: .ok, detail: "\(manifest.files.count) files as released")
        } catch {
            let failure = Failure(error)
            return Finding(subject: "model files", verdict: .problem, detail: failure.what, fix: failure.fix)
        }
    }

    /// Takes some seconds: pieces of a reply are made, with made-up weights; the model is not loaded.
    private func speed() -> Finding {
        do {
            let folder = try program.shelf.folder(of: program.settings.model)
            let sizes = try ModelSizes(CheckpointFolder(folder.path))
            let plan = ReplyPlan(sizes)
            let samples = try ReplySamples(
                sizes, plan, workers: WorkerThreads(threads: program.settings.compute.threads))
            try samples.run(seconds: 2)
            return SpeedForecast(plan, samples).finding(available: SystemMemory.available.map(Double.init))
        } catch {
            return Finding(
                subject: "speed", verdict: .warning, detail: "cannot be told: \(Failure(error).what)",
                fix: "see the model above")
        }
    }

    /// The network that hears speech; the program talks without it too, but misses short words in noise.
    private func turnDetector() -> Finding {
        let folder = program.folder.models.appending(path: SpeechNetwork.folderName)
        do {
            let manifest = try ModelManifest.named(SpeechNetwork.folderName, in: program.folder)
            for file in manifest?.files ?? [] {
                if let problem = try file.problem(in: folder) {
                    return Finding(
                        subject: "turn detector", verdict: .warning, detail: "\(file.path) \(problem)",
                        fix: "copy or download it again")
                }
            }
            _ = try SpeechNetwork(folder: folder)
            return Finding(subject: "turn detector", verdict: .ok, detail: "\(folder.path)")
        } catch {
            let failure = Failure(error)
            return Finding(subject: "turn detector", verdict: .warning, detail: failure.what, fix: failure.fix)
        }
    }

    private func soundFiles() -> Finding {
        Finding(subject: "sound files", verdict: .ok, detail: SoundLibrary.version)
    }

    /// The live assistant needs both devices; files work without.
    private func soundDevices() -> Finding {
        let audio = program.settings.sound
        var details: [String] = []
        var problems: [AudioDeviceError] = []
        for (name, direction) in [(audio.input, SoundDirection.microphone), (audio.output, .loudspeaker)] {
            do throws(AudioDeviceError) {
                let answer = try DeviceProbe.open(name, direction)
                details.append("\(direction.rawValue) \(name) \(answer.rate) Hz")
            } catch {
                details.append(error.what)
                problems.append(error)
            }
        }
        let fix =
            problems.isEmpty
            ? "" : "\(problems[0].fix); files and typed text work all the same: ask, transcribe, talk --text"
        return Finding(
            subject: "sound devices", verdict: problems.isEmpty ? .ok : .warning,
            detail: details.joined(separator: ", "), fix: fix)
    }

    private func terminal() -> Finding {
        let style = program.console.style
        let name = ProcessInfo.processInfo.environment["TERM"] ?? ""
        let kind = name.isEmpty ? "unknown" : name
        let language = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { ProcessInfo.processInfo.environment[$0] }
            .first { !$0.isEmpty }
        let isUnicode = language?.uppercased().contains("UTF") ?? false
        let detail =
            style.outputIsTerminal ? "\(kind), color \(style.color ? "on" : "off")" : "output goes to a file or pipe"
        return Finding(
            subject: "terminal", verdict: isUnicode ? .ok : .warning,
            detail: detail + ", language \(language ?? "not set")",
            fix: isUnicode ? "" : "set LANG=C.UTF-8, or letters beyond ASCII may look wrong")
    }

    private func settings() -> Finding {
        let changed = program.layers.values.filter { $0.value.origin != .bundled }.keys.sorted()
        return Finding(
            subject: "settings", verdict: .ok,
            detail: changed.isEmpty ? "all defaults" : "changed: " + changed.joined(separator: ", "))
    }
}
