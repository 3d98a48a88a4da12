import Audio
import KimiAudio

extension TurnTaking {
    /// What the model's threads deliver.
    mutating func receive(_ delivery: Delivery) {
        switch delivery {
        case .reply(let number, let report):
            if ahead?.number == number {
                ahead?.reports.append((events.now, report))
            } else if reply?.number == number, reply?.isRepeat == false {
                apply(report, at: events.now)
            }
        case .transcript(let number, let text):
            guard let work = transcripts.finish(number: number) else { return }
            if let text, !text.isEmpty { events.publish(.transcript(turn: work.turn, text)) }
            useIdleModel()
        }
        settle()
    }

    /// Takes in what was reported of the open reply at `time`.
    mutating func apply(_ report: ReplyReport, at time: Double) {
        guard let turn = reply?.turn, let end = reply?.endOfSpeech else { return }
        switch report {
        case .transcript(let text):
            if !text.isEmpty { events.publish(.transcript(turn: turn, text)) }
        case .heard(let codes):
            reply?.made.heardCodes = codes
            reply?.latency.heard = max(0, time - end)
            events.publish(.heard(turn: turn, codes: codes))
        case .prompt(let context, let count): takePrompt(context: context, positions: count)
        case .drawn(let draw):
            reply?.take(draw)
            if draw.code != nil { reply?.lead.begin(at: time) }
        case .text(let more):
            // Kept back until now, so not there before.
            if reply?.latency.firstText == nil { reply?.latency.firstText = max(0, events.now - end) }
            reply?.take(more)
            events.publish(.replyText(turn: turn, more))
        case .sound(let samples): takeSound(samples, at: time)
        case .finished(let made): takeWhole(made)
        case .failed(let error): fail(error)
        }
    }

    private mutating func takePrompt(context: [Int], positions count: Int) {
        reply?.made.promptCount = count
        reply?.context = context
        // Turns that the model is not shown anyway leave without a word.
        let forgotten = self.context.map(\.turn).filter { !context.contains($0) }
        history.removeAll { !context.contains($0.turn) }
        if !forgotten.isEmpty { events.publish(.forgotten(turns: forgotten)) }
        positions = count
        tellContext()
    }

    private mutating func takeSound(_ samples: [Float], at time: Double) {
        guard var open = reply, !samples.isEmpty else { return }
        events.publish(.replySound(turn: open.turn, samples))
        if let mouth {
            var samples = samples
            if !open.hasSound {
                mouth.begin()
                open.progress = (events.now, 0)
                open.skipped = samples.leadingSilence(rate: replies.sampleRate)
            }
            open.keep(samples, rate: replies.sampleRate)
            open.lead.append(Double(samples.count) / Double(replies.sampleRate), at: time)
            // Held before the first samples are there: none of them may slip out.
            reply = open
            lookAtLead()
            settle()
            if samples.count == open.samples { samples.removeFirst(open.skipped) }
            mouth.append(samples)
        }
    }

    private mutating func takeWhole(_ made: Reply) {
        reply?.made = made
        reply?.isMade = true
        reply?.lead.finish()
        guard let open = reply, open.hasSound else { return finish(played: 0, isInterrupted: false) }
        mouth?.finish()
        queueTranscript(of: open)
        useIdleModel()
    }

    /// The model failed: the turn ends with what was heard of the reply, or is taken back.
    private mutating func fail(_ error: any Error) {
        events.publish(.notice(Notice(.failure, wording(error))))
        guard let open = reply else { return }
        open.cancellation.cancel()
        if open.hasBegun {
            finish(played: stopSound(of: open), isInterrupted: false)
        } else {
            takeBack()
            useIdleModel()
        }
    }

    // ------------------------------------------------------------------------------------------ while it sounds

    /// Looks at the progress of what is being played.
    mutating func poll() {
        guard let mouth, let open = reply, open.hasSound else { return }
        let now = events.now
        let rate = replies.sampleRate
        let played = open.heard(played: mouth.played)
        if played > 0, !open.firstSoundWasTold {
            reply?.firstSoundWasTold = true
            // It began some time before it was looked at.
            let since = Double(played - open.skipped) / Double(rate)
            if !open.isRepeat {
                reply?.latency.firstSound = max(0, now - since - open.endOfSpeech)
                events.publish(.firstSound(turn: open.turn))
            }
        }
        let spoken = open.characters(played: played, rate: rate)
        if spoken > open.spoken {
            reply?.spoken = spoken
            events.publish(.spoken(turn: open.turn, characters: spoken))
        }
        if open.isMade, mouth.isSilent {
            finish(played: open.samples, isInterrupted: false)
        } else {
            lookAtLead()
            lookForStandstill(now, played)
        }
        settle()
    }

    /// Lets the sound begin, or wait, as the speed of its making demands.
    private mutating func lookAtLead() {
        guard var open = reply, !open.isRepeat, !open.isMade, let mouth else { return }
        let rate = Double(replies.sampleRate)
        open.lead.total = open.codesHaveEnded ? Double(open.made.codes.count * replies.samplesPerCode) / rate : nil
        open.lead.expected = open.textHasEnded ? open.text.averageSeconds : nil
        open.lead.look(played: Double(open.heard(played: mouth.played)) / rate)
        if open.lead.isWaiting, let lead = open.lead.lead, abs(lead - (open.announcedLead ?? 0)) > 1 {
            open.announcedLead = lead
            events.publish(.slow(lead: lead))
        }
        reply = open
    }

    /// Nothing can hold a conversation up for ever: neither an interruption that never comes nor a device that hangs.
    private mutating func lookForStandstill(_ now: Double, _ played: Int) {
        if let doubt = overlap.confirmed ?? overlap.suspected, overlap.utterance == nil, now - doubt > Self.longestDoubt
        {
            overlap = Overlap()
        }
        guard let open = reply else { return }
        if overlap.isFelt || open.lead.isWaiting || played != open.progress.played || !open.isMade {
            reply?.progress = (now, played)
        } else if now - open.progress.time > Self.longestStandstill {
            events.publish(.notice(Notice(.warning, "The loudspeaker does not play: the reply ends here.")))
            finish(played: stopSound(of: open), isInterrupted: false)
        }
    }

    /// Seconds after which an interruption that nobody spoke is forgotten, suspected or confirmed.
    private static let longestDoubt = 2.0
    /// Seconds without a sample played after which the loudspeaker counts as broken.
    private static let longestStandstill = 5.0

    // ------------------------------------------------------------------------------------------ its end

    /// Stops the reply where it is.
    mutating func interrupt() {
        guard let open = reply else { return }
        open.cancellation.cancel()
        let played = stopSound(of: open)
        finish(played: played, isInterrupted: !(open.isMade && open.hasSound && played >= open.samples))
    }

    /// Makes the loudspeaker silent; returns how many samples of the reply were heard.
    private func stopSound(of open: OpenReply) -> Int {
        open.hasSound ? open.heard(played: mouth?.stop() ?? 0) : 0
    }

    /// What the user began to say over a reply that has ended is now a turn of its own.
    private mutating func hearOverlap() {
        let utterance = overlap.utterance
        overlap = Overlap()
        if let utterance, !isClosed { beginTurn(speaking: utterance) }
    }

    /// Takes the open turn back, reply and all.
    mutating func takeBack() {
        guard let open = reply else { return }
        open.cancellation.cancel()
        if open.hasSound { _ = mouth?.stop() }
        reply = nil
        if !open.isRepeat { withdraw(open.turn) }
        hearOverlap()
    }

    /// Closes the turn: `played` samples of the reply were heard.
    mutating func finish(played: Int, isInterrupted: Bool) {
        guard var open = reply else { return }
        reply = nil
        if open.isRepeat {
            hearOverlap()
            return useIdleModel()
        }
        if !open.isMade { open.made.finish = .cancelled }
        let kept = open.kept(played: played, rate: replies.sampleRate, samplesPerCode: replies.samplesPerCode)
        let spoken = open.isSpoken ? open.characters(played: played, rate: replies.sampleRate) : open.spoken
        if spoken > open.spoken { events.publish(.spoken(turn: open.turn, characters: spoken)) }
        history.append(
            PastTurn(
                turn: open.turn, question: open.order.question, mode: open.order.mode,
                keptTokens: Array(open.made.textTokens.prefix(kept.tokens)),
                keptCodes: Array(open.made.codes.prefix(kept.codes))))
        events.publish(
            .turnFinished(
                FinishedTurn(
                    turn: open.turn, mode: open.order.mode, seed: open.order.seed, reply: open.made,
                    playedSamples: open.isSpoken ? played : nil, keptTokens: kept.tokens, keptCodes: kept.codes,
                    keptText: kept.text, wasInterrupted: isInterrupted, context: open.context, latency: open.latency)))
        positions += open.isSpoken ? max(kept.codes + 6, kept.tokens) + 1 : kept.tokens + 2
        tellContext()
        if open.hasSound { last = open }
        if !(open.isMade && open.hasSound) { queueTranscript(of: open) }
        hearOverlap()
        useIdleModel()
    }

    private mutating func queueTranscript(of open: OpenReply) {
        guard settings.transcript == .after, case .spoken(let utterance) = open.order.question else { return }
        transcripts.append(PendingTranscripts.Work(turn: open.turn, utterance: utterance))
    }
}

extension OpenReply {
    /// Adds what a step brought.
    mutating func take(_ draw: ReplyDraw) {
        if let id = draw.textID { made.textIDs.append(id) }
        if let id = draw.audioID { made.audioIDs.append(id) }
        if let token = draw.token { made.textTokens.append(token) }
        if let code = draw.code { made.codes.append(code) }
        textHasEnded = draw.textID == nil
        codesHaveEnded = draw.audioID != nil && draw.code == nil
    }

    /// Adds text, which ends with the last token drawn.
    mutating func take(_ more: String) {
        made.text += more
        text.append(more, tokens: made.textTokens.count)
    }
}
