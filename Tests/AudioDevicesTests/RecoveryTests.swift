import Audio
import Glibc
import Synchronization
import Testing

@testable import AudioDevices

/// Microphone and loudspeaker on their real threads, with devices that come and go.
@Suite struct RecoveryTests {
    private final class Events: Sendable {
        private let all = Mutex<[DeviceEvent]>([])
        func add(_ event: DeviceEvent) { all.withLock { $0.append(event) } }
        var list: [DeviceEvent] { all.withLock { $0 } }
        var kinds: [DeviceEvent.Kind] { list.map(\.kind) }
    }

    private let opener = FakeOpener()
    private let events = Events()

    private func plug(_ name: String, _ direction: SoundDirection, rate: Int = 48_000) {
        opener.plug(name) { FakeDevice(direction, .plain(rate), isPaced: true) { Float($0 % 7) / 8 } }
    }

    private func microphone(_ name: String) -> Microphone {
        let events = events
        return Microphone(device: name, opener: opener) { events.add($0) }
    }

    private func loudspeaker(_ name: String) -> Loudspeaker {
        let events = events
        return Loudspeaker(
            device: name, sampleRate: 24_000, longestReply: 10, levels: nil, opener: opener
        ) { events.add($0) }
    }

    @Test func aLoudspeakerRestsInSilenceAndWakesForAReply() {
        opener.plug("default") { FakeDevice(.loudspeaker, .plain(48_000), isPaced: true) }
        let loudspeaker = Loudspeaker(
            device: "default", sampleRate: 24_000, longestReply: 10, levels: nil, opener: opener, restsAfter: 0.2
        ) { _ in }
        loudspeaker.start()
        defer { loudspeaker.close() }
        func rests() -> Int { opener.opened.first.map { device in device.state.withLock { $0.rests } } ?? 0 }
        for rest in 1...2 {
            #expect(eventually { rests() == rest })
            let writes = opener.opened.first?.sound.count
            pauseThread(milliseconds: 100)
            #expect(opener.opened.first?.sound.count == writes, "it stands still")
            loudspeaker.begin()
            loudspeaker.append([Float](repeating: 0.25, count: 4800))
            loudspeaker.finish()
            #expect(eventually { loudspeaker.isSilent })
            #expect(loudspeaker.played == 4800)
        }
        #expect(opener.opened.count == 1)
    }

    @Test func aMicrophoneThatIsPluggedInAgainGoesOnAtItsOwnRate() throws {
        plug("usb", .microphone)
        let microphone = microphone("usb")
        microphone.start()
        defer { microphone.close() }
        #expect(eventually { microphone.sound.ring.count > 480 })
        for rate in [44_100, 16_000, 48_000] {
            opener.unplug("usb")
            #expect(eventually { !microphone.status.isOpen })
            _ = microphone.sound.ring.skip(1 << 18)
            plug("usb", .microphone, rate: rate)
            #expect(eventually { microphone.sound.ring.count > 0 })
            #expect(microphone.sound.rate.load(ordering: .relaxed) == rate)
        }
        #expect(eventually { events.kinds == [.opened, .lost, .recovered, .lost, .recovered, .lost, .recovered] })
        #expect(events.list.first?.sentence == "the microphone is usb")
        #expect(events.list[1].sentence == "the microphone usb is gone; waiting for it")
        #expect(events.list[2].sentence == "the microphone usb is back")
        #expect(eventually { opener.opened.dropLast().allSatisfy { $0.state.withLock { $0.isClosed } } })
    }

    @Test func theDefaultDeviceStandsInUntilTheChosenOneIsThere() {
        plug("default", .loudspeaker)
        let loudspeaker = loudspeaker("headset")
        loudspeaker.start()
        defer { loudspeaker.close() }
        // Told by a thread of its own, after the device is open.
        #expect(eventually { events.kinds == [.replaced] })
        #expect(loudspeaker.status.isOpen)
        #expect(
            events.list.first?.sentence
                == "there is no loudspeaker named headset; using default until it is back")
        plug("headset", .loudspeaker)
        #expect(eventually { loudspeaker.status.device == "headset" })
        #expect(eventually { opener.opened.count == 2 && opener.opened[0].state.withLock { $0.isClosed } })
        #expect(eventually { events.kinds == [.replaced, .recovered] })
    }

    @Test func noDeviceAtAllIsSaidOnceAndTriedQuietly() {
        let microphone = microphone("default")
        microphone.start()
        defer { microphone.close() }
        #expect(eventually { opener.state.withLock { $0.requests.count } >= 3 })
        #expect(events.kinds == [.missing])
        plug("default", .microphone)
        #expect(eventually { events.kinds == [.missing, .opened] })
        #expect(microphone.status.isOpen)
    }

    @Test func anotherDeviceCanBeChosenWhileOneRuns() {
        plug("one", .loudspeaker)
        plug("two", .loudspeaker)
        let loudspeaker = loudspeaker("one")
        loudspeaker.start()
        defer { loudspeaker.close() }
        #expect(eventually { loudspeaker.status.isOpen })
        loudspeaker.use("two")
        #expect(eventually { events.kinds == [.opened, .opened] })
        #expect(loudspeaker.status.device == "two")
        #expect(opener.opened[0].state.withLock { $0.isClosed })
    }

    @Test func noTwoDevicesAreOpenAtOnce() {
        plug("one", .loudspeaker)
        plug("two", .loudspeaker)
        let loudspeaker = loudspeaker("one")
        loudspeaker.start()
        defer { loudspeaker.close() }
        for choice in 0..<60 {
            loudspeaker.use(choice % 2 == 0 ? "two" : "one")
            pauseThread(milliseconds: choice % 7 * 3)
        }
        loudspeaker.use("two")
        #expect(eventually { loudspeaker.status.isOpen && loudspeaker.status.device == "two" })
        // On a machine so busy that a device is lost or opens late, one that may hang is not waited for.
        if !events.kinds.contains(where: { [.lost, .missing, .replaced].contains($0) }) {
            #expect(opener.together == 1)
        }
    }

    @Test func aChoiceMadeWhileADeviceOpensIsNotForgotten() {
        let gate = Gate()
        plug("one", .loudspeaker)
        plug("slow", .loudspeaker)
        let events = events
        let loudspeaker = Loudspeaker(
            device: "one", sampleRate: 24_000, longestReply: 10, levels: nil,
            opener: GatedOpener(opener: opener, name: "slow", gate: gate)
        ) { events.add($0) }
        loudspeaker.start()
        defer { loudspeaker.close() }
        #expect(eventually { loudspeaker.status.isOpen })
        loudspeaker.use("slow")
        #expect(eventually { gate.isWaitedAt.load(ordering: .relaxed) })
        loudspeaker.use("one")
        gate.isOpen.store(true, ordering: .relaxed)
        #expect(eventually { opener.opened.count >= 3 && loudspeaker.status.device == "one" })
        #expect(eventually { opener.opened.count { !$0.state.withLock { $0.isClosed } } == 1 })
        if !events.kinds.contains(where: { [.lost, .missing, .replaced].contains($0) }) {
            #expect(opener.together == 1)
        }
        // What is open is used: it plays.
        let played = opener.opened.last?.time ?? 0
        #expect(eventually { (opener.opened.last?.time ?? 0) > played })
    }

    @Test func aReplyGoesOnWhereItWasWhenTheLoudspeakerIsBack() {
        plug("usb", .loudspeaker)
        let loudspeaker = loudspeaker("usb")
        loudspeaker.start()
        defer { loudspeaker.close() }
        loudspeaker.begin()
        loudspeaker.append([Float](repeating: 0.5, count: 24_000))
        loudspeaker.finish()
        #expect(eventually { loudspeaker.played > 2400 })
        opener.unplug("usb")
        #expect(eventually { !loudspeaker.status.isOpen })
        #expect(!loudspeaker.isSilent)
        plug("usb", .loudspeaker)
        #expect(eventually { loudspeaker.isSilent })
        #expect(loudspeaker.played == 24_000)
    }

    @Test func withoutAnyLoudspeakerAReplyEndsAllTheSame() {
        let loudspeaker = loudspeaker("default")
        loudspeaker.start()
        defer { loudspeaker.close() }
        loudspeaker.begin()
        loudspeaker.append([Float](repeating: 0.5, count: 4800))
        loudspeaker.finish()
        #expect(eventually { loudspeaker.isSilent })
        #expect(loudspeaker.played == 4800)
    }

    @Test func aHangingDeviceIsToldReplacedAndNeverWaitedFor() {
        plug("default", .microphone)
        let microphone = microphone("default")
        microphone.start()
        defer { microphone.close() }
        #expect(eventually { microphone.sound.ring.count > 0 })
        opener.opened[0].state.withLock { $0.isFrozen = true }
        // The fake's waits are shorter than their time, so this is quick.
        #expect(eventually { events.kinds.contains(.silent) })
        #expect(eventually { opener.opened.count == 2 })
        #expect(eventually { opener.opened[0].state.withLock { $0.isClosed } })
        #expect(eventually { events.kinds == [.opened, .silent, .recovered] })
    }

    @Test func nobodyWaitsForADeviceThatOpensSlowly() {
        opener.state.withLock { $0.slowness = 5 }
        plug("default", .loudspeaker)
        let loudspeaker = loudspeaker("default")
        let begin = monotonicSeconds()
        loudspeaker.start()
        loudspeaker.begin()
        loudspeaker.append([Float](repeating: 0.5, count: 4800))
        #expect(loudspeaker.queued == 4800)
        #expect(loudspeaker.stop() == 0)
        loudspeaker.use("other")
        loudspeaker.close()
        #expect(!loudspeaker.status.isOpen)
        // Less than the opening takes; in truth far below a millisecond.
        #expect(monotonicSeconds() - begin < 4)
    }

    @Test func aDeviceThatHangsWhileItOpensIsReplacedAndUsedWhenItAnswers() {
        plug("default", .microphone)
        let opener = opener
        // "slow" answers only when it is allowed to.
        let gate = Gate()
        let open = GatedOpener(opener: opener, name: "slow", gate: gate)
        plug("slow", .microphone)
        let events = events
        let microphone = Microphone(device: "slow", opener: open) { events.add($0) }
        microphone.start()
        defer { microphone.close() }
        #expect(eventually { microphone.status.isOpen })
        #expect(microphone.status.device == "default")
        #expect(eventually { events.kinds == [.replaced] })
        gate.isOpen.store(true, ordering: .relaxed)
        #expect(eventually { microphone.status.device == "slow" })
        // One attempt was enough: the hanging one was not repeated.
        #expect(opener.state.withLock { $0.requests.filter { $0.name == "slow" }.count } == 1)
    }

    @Test func underrunsLeadToLongerPeriodsBetweenReplies() {
        plug("default", .loudspeaker)
        let loudspeaker = loudspeaker("default")
        loudspeaker.start()
        defer { loudspeaker.close() }
        #expect(eventually { loudspeaker.status.isOpen })
        for _ in 0..<4 {
            let count = loudspeaker.status.overruns
            opener.opened[0].state.withLock { $0.waits.append(-Int(EPIPE)) }
            #expect(eventually { loudspeaker.status.overruns > count || opener.opened.count > 1 })
        }
        #expect(eventually { opener.opened.count == 2 })
        #expect(opener.state.withLock { $0.requests.map(\.periodMilliseconds) } == [10, 20])
        #expect(eventually { events.kinds == [.opened, .troubled] })
    }

    @Test func aStutteringDeviceThatWasMissingMeanwhileIsBack() {
        plug("default", .loudspeaker)
        let loudspeaker = loudspeaker("default")
        loudspeaker.start()
        defer { loudspeaker.close() }
        #expect(eventually { loudspeaker.status.isOpen })
        // It goes on playing, and cannot be opened a second time for now.
        opener.state.withLock { $0.devices["default"] = nil }
        for count in 1...3 {
            opener.opened[0].state.withLock { $0.waits.append(-Int(EPIPE)) }
            #expect(eventually { loudspeaker.status.overruns >= count })
        }
        #expect(eventually { events.kinds == [.opened, .missing] })
        plug("default", .loudspeaker)
        #expect(eventually { events.kinds == [.opened, .missing, .recovered] })
    }
}

private final class Gate: Sendable {
    let isOpen = Atomic(false)
    let isWaitedAt = Atomic(false)
}

/// Opens one of its devices only when it is allowed to.
private struct GatedOpener: PCMOpener {
    let opener: FakeOpener
    let name: String
    let gate: Gate

    func open(_ request: PCMRequest) throws(AudioDeviceError) -> any PCMDevice {
        if request.name == name { gate.isWaitedAt.store(true, ordering: .relaxed) }
        while request.name == name && !gate.isOpen.load(ordering: .relaxed) { pauseThread(milliseconds: 5) }
        return try opener.open(request)
    }
}
