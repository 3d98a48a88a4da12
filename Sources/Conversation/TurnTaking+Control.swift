import Audio

extension TurnTaking {
    mutating func press() {
        if isClosed { return }
        if reply != nil {
            let isSpeechOpen = overlap.utterance != nil
            interrupt()
            if isPushToTalk, !isSpeechOpen { ears?.press() }
        } else {
            ears?.press()
        }
        settle()
    }

    mutating func send(_ text: String) {
        let text = text.trimmed
        if isClosed || text.isEmpty { return }
        // What was being said makes way for what was written.
        ignored = hearing?.utterance ?? overlap.utterance ?? ignored
        overlap.utterance = nil
        withdrawQuestion()
        if reply != nil { interrupt() }
        let turn = nextTurn
        nextTurn += 1
        events.publish(.turnBegan(turn: turn))
        ask(.written(text), turn: turn, endOfSpeech: events.now, isSpeechOver: false)
        settle()
    }

    mutating func silence() {
        if reply == nil { return }
        interrupt()
        settle()
    }

    mutating func reply(in wanted: ReplyMode) {
        if isClosed || wanted == mode { return }
        change { $0.mode = wanted }
        if wanted == .speech, !canSpeak {
            events.publish(.notice(Notice(.warning, "There is no loudspeaker: replies stay written.")))
        }
    }

    /// A loudspeaker came or went: without one replies are written, whatever the user chose.
    mutating func loudspeaker(isThere: Bool) {
        if isClosed || mouth == nil || isThere == canSpeak { return }
        change { $0.canSpeak = isThere }
    }

    /// Changes how the next replies come, and says so if they do.
    private mutating func change(_ change: (inout TurnTaking) -> Void) {
        let before = orderedMode
        change(&self)
        if orderedMode == before { return }
        events.publish(.mode(orderedMode))
        tellContext()
        useIdleModel()
        settle()
    }

    mutating func mute(_ isMuted: Bool) {
        if isClosed { return }
        ears?.mute(isMuted)
        events.publish(.muted(isMuted))
    }

    mutating func pushToTalk(_ isOn: Bool) {
        if isClosed { return }
        isPushToTalk = isOn
        ears?.pushToTalk(isOn)
        events.publish(.pushToTalk(isOn))
    }

    mutating func sayAgain() {
        if isClosed || hearing != nil { return }
        if let reply, !reply.isRepeat { return }
        guard var again = last, let mouth, !again.sound.isEmpty else {
            return events.publish(.notice(Notice(.information, "There is no spoken reply to say again.")))
        }
        overlap.utterance = nil
        if reply != nil { interrupt() }
        again.isRepeat = true
        again.isMade = true
        again.samples = again.sound.count
        again.spoken = 0
        again.firstSoundWasTold = false
        again.skipped = again.sound.leadingSilence(rate: replies.sampleRate)
        again.lead = PlaybackLead()
        again.lead.finish()
        again.progress = (events.now, 0)
        overlap = Overlap()
        mouth.begin()
        mouth.append(Array(again.sound.dropFirst(again.skipped)))
        mouth.finish()
        events.publish(.spoken(turn: again.turn, characters: 0))
        reply = again
        settle()
    }
}

extension String {
    /// Without white space at both ends.
    fileprivate var trimmed: String {
        let body = drop { $0.isWhitespace }
        return String(body.reversed().drop { $0.isWhitespace }.reversed())
    }
}
