import Conversation
import Foundation

extension TerminalApp {
    /// Does what keys ask for.
    func perform(_ effects: [Effect]) {
        for effect in effects { perform(effect) }
    }

    private func perform(_ effect: Effect) {
        switch effect {
        case .press: control.press()
        case .sayAgain: control.sayAgain()
        case .send(let text): control.send(text)
        case .reply(let mode): control.reply(in: mode)
        case .mute(let isMuted): control.mute(isMuted)
        case .pushToTalk(let isOn): control.pushToTalk(isOn)
        case .silenceOrQuit:
            if control.silence() { state.tell("Speech stopped. Ctrl-C again quits.") } else { exitCode = 128 + SIGINT }
        case .quit: exitCode = 0
        case .copy(let text): screen?.copy(text)
        case .redraw: screen?.forget()
        case .listDevices, .chooseDevice, .listSessions, .listTurns, .play: performApart(effect)
        case .replay(let control): perform(control)
        }
    }

    private func perform(_ control: ReplayControl) {
        switch control {
        case .pause(true): player?.pause()
        case .pause(false): player?.resume()
        case .seek(let seconds): player?.seek(to: seconds)
        case .speed(let speed): player?.speed = speed
        case .stop:
            player?.stop()
            player = nil
        }
        if let player { state.replay.playing?.follow(player) }
    }

    /// What may wait for a device or a disk gets a thread of its own: a sound server that hangs must not stop the screen.
    private func performApart(_ effect: Effect) {
        let remote = remote
        let services = services
        Thread.detachNewThread {
            switch effect {
            case .listDevices: if let list = services.devices?.list() { remote.send(.deviceList(list)) }
            case .chooseDevice(let direction, let name):
                services.devices?.choose(direction, name)
                if let list = services.devices?.list() { remote.send(.deviceList(list)) }
            default: Self.read(effect, from: services.replays, for: remote)
            }
        }
    }

    private static func read(_ effect: Effect, from source: (any ReplaySource)?, for remote: ScreenRemote) {
        guard let source else { return }
        do {
            switch effect {
            case .listSessions: remote.send(.sessions(try source.sessions()))
            case .listTurns(let session): remote.send(.turns(of: session, try source.turns(of: session)))
            case .play(let session, let turn):
                let wakeup = remote.wakeup
                remote.send(.playing(try source.play(session, from: turn) { wakeup.wake() }))
            default: break
            }
        } catch {
            remote.send(.replayFailed("\(error)"))
        }
    }
}

extension ReplayState.Playing {
    /// Takes over how far a player is.
    mutating func follow(_ player: any ReplayPlaying) {
        // Shown in whole seconds: finer steps would draw for nothing.
        position = player.position.rounded(.down)
        duration = player.duration
        isPaused = player.isPaused
        isFinished = player.isFinished
        speed = player.speed
    }
}
