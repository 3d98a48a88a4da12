import Synchronization

/// Finds, opens, replaces and closes the device of one direction, on a thread of its own: opening and closing may take half a
/// minute when a sound server hangs, and nobody who carries sound or draws a screen may wait for that.
///
/// The sound thread takes a device when one is `ready`, and gives it back when it is lost.
final class DeviceSupply: Sendable {
    /// Milliseconds between attempts while there is no device.
    static let retry = 500
    /// Milliseconds between looks for the chosen device while another one stands in.
    static let lookout = 2000
    /// Milliseconds between looks while all is well; whoever has something to do wakes the thread.
    static let idle = 60_000

    /// Why a device is opened; the user is told in other words for each.
    private enum Cause {
        case choice, loss, stutter
    }

    private struct State {
        var chosen: String
        /// The name of the device that was opened last.
        var current: String?
        /// A device that waits to be taken by the sound thread.
        var ready: (any PCMDevice)?
        /// Whether the sound thread has one.
        var isTaken = false
        /// Given back in good order.
        var unused: [any PCMDevice] = []
        /// Given back because they failed.
        var failed: [any PCMDevice] = []
        /// Set while a device is wanted.
        var cause: Cause? = .choice
        var wasToldMissing = false
        var periodMilliseconds = 10
        var status: DeviceStatus
    }

    let direction: SoundDirection
    private let opener: any PCMOpener
    private let report: @Sendable (DeviceEvent) -> Void
    private let state: Mutex<State>
    private let wake = WakeUp()
    private let isClosed = Atomic<Bool>(false)
    private let mustGiveBack = Atomic<Bool>(false)
    private let notes = DeviceNotes()

    init(
        _ direction: SoundDirection, device: String, opener: any PCMOpener,
        report: @escaping @Sendable (DeviceEvent) -> Void
    ) {
        self.direction = direction
        self.opener = opener
        self.report = report
        state = Mutex(State(chosen: device, status: DeviceStatus(device: device)))
    }

    // MARK: Any thread

    /// What the device in use is like.
    var status: DeviceStatus { state.withLock { $0.status } }

    /// The next openings ask for longer periods.
    var periodMilliseconds: Int { state.withLock { $0.periodMilliseconds } }

    /// Starts looking for the device.
    func start() { RealTimeThread.start("parley-\(direction.rawValue.prefix(8))") { self.run() } }

    /// Ends; what is open is closed behind the caller's back.
    func close() {
        isClosed.store(true, ordering: .releasing)
        wake.call()
    }

    /// Uses another device from now on.
    func use(_ name: String) {
        state.withLock {
            $0.chosen = name
            $0.cause = .choice
            $0.wasToldMissing = false
            recall($0)
        }
        wake.call()
    }

    /// Asks for a new opening with longer periods.
    func lengthenPeriods() {
        let isNew = state.withLock { state in
            if state.periodMilliseconds >= 20 || state.cause != nil { return false }
            state.periodMilliseconds = 20
            state.cause = .stutter
            recall(state)
            return true
        }
        if isNew { wake.call() }
    }

    /// The sound thread is to give its device back: many devices can be opened only once.
    ///
    /// Called with the state locked, and only of a device that is taken: one that is taken later would be given back in its place.
    private func recall(_ state: State) {
        if state.isTaken { mustGiveBack.store(true, ordering: .releasing) }
    }

    // MARK: The sound thread, while no sound has to move

    /// Whether the sound thread is to give its device back; costs nothing.
    var wantsDeviceBack: Bool { mustGiveBack.load(ordering: .acquiring) }

    /// Takes the device that waits.
    func take() -> (any PCMDevice)? {
        state.withLock { state in
            mustGiveBack.store(false, ordering: .releasing)
            defer { state.ready = nil }
            state.isTaken = state.ready != nil
            return state.ready
        }
    }

    /// Gives a device back to be closed; `isLost` if it failed.
    func giveBack(_ device: any PCMDevice, isLost: Bool) {
        state.withLock {
            $0.isTaken = false
            guard isLost else { return $0.unused.append(device) }
            $0.failed.append(device)
            $0.cause = $0.cause ?? .loss
            $0.status.isOpen = false
        }
        // That it moved no sound is told by its loss.
        if isLost { notes.isSilent.store(false, ordering: .relaxed) }
        wake.call()
    }

    // MARK: The sound thread, at any time

    /// Notes that no sound moves, or that it moves again.
    func note(isSilent: Bool) {
        if notes.isSilent.exchange(isSilent, ordering: .relaxed) != isSilent {
            notes.silenceChanged.store(true, ordering: .releasing)
            wake.call()
        }
    }

    // MARK: The supply's own thread

    private func run() {
        let attempts = OpenAttempts(opener)
        while !isClosed.load(ordering: .acquiring) {
            closeWhatWasGivenBack()
            tellNotes()
            tellLoss()
            wake.wait(milliseconds: look(attempts))
        }
        closeWhatWasGivenBack()
        take()?.close()
    }

    private func closeWhatWasGivenBack() {
        let (unused, failed) = state.withLock { state in
            defer { (state.unused, state.failed) = ([], []) }
            return (state.unused, state.failed)
        }
        for device in unused { device.close() }
        // Closing may hang as the device did: each gets a thread that nobody waits for.
        for device in failed { RealTimeThread.start("parley-close") { device.close() } }
    }

    /// Opens what is wanted and not there; returns the milliseconds until the next look.
    private func look(_ attempts: OpenAttempts) -> Int {
        let (chosen, current, cause, isTaken) = state.withLock { ($0.chosen, $0.current, $0.cause, $0.isTaken) }
        if cause == nil && current == chosen { return Self.idle }
        attempts.forgetUnwanted(but: [request(chosen), request("default")])
        // The device to be replaced is still moving sound: it comes back within a period.
        if isTaken && wantsDeviceBack || cause != nil && !isReplacedClosed() { return 5 }
        do throws(AudioDeviceError) {
            try open(chosen, for: chosen, cause ?? .loss, attempts)
            return Self.idle
        } catch {
            if cause == nil { return Self.lookout }
            if chosen != "default",
                (try? open("default", for: chosen, cause ?? .loss, attempts, insteadOf: error)) != nil
            {
                return Self.lookout
            }
            tellMissing(chosen, error)
            return Self.retry
        }
    }

    /// Closes the device to be replaced, so that two are never open; false while the sound thread has it.
    private func isReplacedClosed() -> Bool {
        let (isTaken, waiting) = state.withLock { state -> (Bool, (any PCMDevice)?) in
            if state.isTaken {
                recall(state)
                return (true, nil)
            }
            defer { state.ready = nil }
            return (false, state.ready)
        }
        if isTaken { return false }
        closeWhatWasGivenBack()
        waiting?.close()
        return true
    }

    private func open(
        _ name: String, for chosen: String, _ cause: Cause, _ attempts: OpenAttempts,
        insteadOf failure: AudioDeviceError? = nil
    ) throws(AudioDeviceError) {
        let device = try attempts.open(request(name))
        let format = device.format
        let (event, unused) = state.withLock { state -> (DeviceEvent, (any PCMDevice)?) in
            let unused = state.ready
            let kind: DeviceEvent.Kind =
                switch cause {
                case _ where failure != nil: .replaced
                case .choice: .opened
                case .loss: .recovered
                // After it was said to be missing, what counts is that it is back.
                case .stutter: state.wasToldMissing ? .recovered : .troubled
                }
            state.ready = device
            state.current = name
            // Another one may have been chosen while this one was opened.
            if state.chosen == chosen { state.cause = nil }
            state.wasToldMissing = false
            state.status.device = name
            state.status.isOpen = true
            state.status.rate = format.rate
            state.status.channels = format.channels
            state.status.periodMilliseconds = format.periodSeconds * 1000
            state.status.openings += 1
            // Where another one stood in for it.
            recall(state)
            return (sentence(kind, name, chosen: state.chosen, failure), unused)
        }
        unused?.close()
        notes.wasToldSilent.store(false, ordering: .relaxed)
        report(event)
    }

    /// How a device would be opened now.
    private func request(_ name: String) -> PCMRequest {
        var request = PCMRequest(name: name, direction: direction)
        request.periodMilliseconds = periodMilliseconds
        // A loudspeaker holds no more than is kept in it, so that it wakes its thread exactly when there is room; a microphone can
        // hold what gathers while nobody speaks.
        request.periods = direction == .loudspeaker ? 3 : 16
        return request
    }

    /// A loss is told even where the device is back at once: sound was lost.
    private func tellLoss() {
        let name = state.withLock { state -> String? in
            guard state.cause == .loss, !state.wasToldMissing else { return nil }
            state.wasToldMissing = true
            return state.status.device
        }
        guard let name, !notes.wasToldSilent.load(ordering: .relaxed) else { return }
        report(sentence(.lost, name, chosen: name, nil))
    }

    private func tellMissing(_ name: String, _ error: AudioDeviceError) {
        let event = state.withLock { state -> DeviceEvent? in
            if state.wasToldMissing { return nil }
            state.wasToldMissing = true
            return sentence(.missing, name, chosen: name, error)
        }
        if let event { report(event) }
    }

    private func tellNotes() {
        guard notes.silenceChanged.exchange(false, ordering: .acquiringAndReleasing) else { return }
        let (name, isOpen) = state.withLock { ($0.status.device, $0.status.isOpen) }
        let isSilent = notes.isSilent.load(ordering: .relaxed)
        guard isOpen, notes.wasToldSilent.exchange(isSilent, ordering: .relaxed) != isSilent else { return }
        report(sentence(isSilent ? .silent : .recovered, name, chosen: name, nil))
    }

    private func sentence(
        _ kind: DeviceEvent.Kind, _ name: String, chosen: String, _ error: AudioDeviceError?
    ) -> DeviceEvent {
        let noun = direction.rawValue
        let text =
            switch kind {
            case .opened: "the \(noun) is \(name)"
            case .replaced: "\(error?.what ?? "the \(noun) \(chosen) is gone"); using \(name) until it is back"
            case .missing: "\(error?.what ?? "there is no \(noun) now"); it is used as soon as it is there"
            case .silent: "the \(noun) \(name) does not respond"
            case .lost: "the \(noun) \(name) is gone; waiting for it"
            case .recovered: "the \(noun) \(name) is back"
            case .troubled: "the \(noun) \(name) stutters; it gets more time from now on"
            }
        return DeviceEvent(side: direction, kind: kind, device: name, sentence: text)
    }
}

/// What the sound thread leaves for the supply to tell.
private final class DeviceNotes: Sendable {
    let isSilent = Atomic<Bool>(false)
    let silenceChanged = Atomic<Bool>(false)
    let wasToldSilent = Atomic<Bool>(false)
}
