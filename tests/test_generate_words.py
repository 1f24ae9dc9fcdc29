"""The words in which people order new music, and those that only look like it."""

import pytest
from test_generate_asks import MADE, TRACKS, calls

from agent.rules.asked_for import kept
from agent.rules.asks import Finding, Situation
from agent.rules.chat_model import doable
from agent.rules.generate_asks import TOOLS
from agent.rules.plan import plan
from agent.rules.understand import understand

ORDERS = {
    "generate": """
        make a lofi loop i can study to
        i'm after a 4 bar drum loop, boom bap, 88
        got any chance of a quick funk jam in E minor
        need a beat, trap, 140, dark
        beat pls, 90 bpm, jazzy
        can i get a chill hip hop beat around 85
        cook me up something spooky for halloween
        produce a techno loop, 128 bpm, 16 bars
        I'd like a short piece for string quartet in G minor
        write an exercise in thirds in G major for piano
        give my students a sight reading exercise in F, 8 bars
        a simple study for beginner violin in D major please
        could you make up a melody in A dorian
        dream up a theme for a villain
        please put a 10 second jingle together for my podcast
        something upbeat for a product advert, 20 seconds
        hit me with a samba groove
        lay me down a slow blues in E
        whack together a quick polka
        score a chase scene, 45 seconds
        make a ii V I practice loop in Bb at 120
        create a practice track over Am F C G
        a backing track in A minor for soloing
        give me a backing track in G, 100 bpm, rock
        drum loop at 174 bpm, dnb
        a sad piano tune in C# minor
        ambient drone in D for meditation, one minute
        write us a song in the style of #2
        make something that sounds like #2 at 100 bpm
        spit out a chord progression in Eb and play it
        I want an 8 bar loop in F minor with piano, bass and drums
        compose a fugue subject in D minor
        generate a christmas tune
        come up with a bass riff in E, 120 bpm
        can we have a tango now
        make me some elevator music
        let me hear a march in B flat
        put some chords together in D for a ballad
        can someone write me a little song for my daughter's birthday
        id love a spooky organ piece, about a minute
        make music for studying
        mock up a reggaeton beat around 95
        do me a favour and write a jig in G
        i could really use a metronome-like hi hat loop at 100 bpm
        please generate 12 bars of jazz in Bb
        a quick demo of a bossa nova in C
        what about a slow tango for accordion
        i fancy a bit of ragtime in C
        need a theme tune for my podcast, 15 secs, upbeat
        we need 2 minutes of relaxing harp
        make an etude for left hand
        create a warm up exercise for choir in C
        knock me up a disco bassline in A minor at 118
        start a new track in F# minor at 128
        can you do 4 bars of swing drums
        some lounge jazz for a dinner party, 3 minutes
        write a sad waltz please and put strings in it
        produce something heavy, drop D, 160
    """,
    "accompany": """
        give me drums to go under this
        put a beat under it
        put some drums on this
        add a bassline
        can you play along on piano
        write a second violin part for this
        make a harmony part for the melody
        jam with me on this one
        i want a walking bass to practise with under this tune
        a latin percussion track to go on top of #2
        a countermelody over its chords please
        make a backing track over these chords
        give me a reggae backing for its chords
        accompany it with guitar
        compose a bass part to fit with #2
        could you come up with a bassline for it
        add a drummer
        back it with a jazz trio
        improvise a solo over it
        put a synth lead on top of this
        could i have a simple drum beat to play along to this
        make drums for it
        write a bassline for #2
        this needs a bassline, can you write one
        i need a string arrangement behind it
        put congas on #2 please
        give it a disco beat
        make an accompaniment for this melody
        a piano accompaniment to it
        generate a harmony line above the tune
        can you be my backing band on this one
    """,
    "variation": """
        i'd like #1 but slower
        do it but in 3/4
        a minor version of this
        do this one as a bossa
        what would it sound like in minor
        what would it be like as a waltz
        could you rework it for string quartet
        transform it into techno
        reharmonise the song with jazz chords
        give me three variations
        i want it in 3/4
        a swing version of #2 please
        cover it as a ska tune
        rewrite this in G minor
        make it a polka
        turn this into a lullaby
        i wanna hear it as a march
        simplify it for a beginner
        same tune but happier
        how would it sound as reggae
        arrange it for brass quintet
        change it to minor
        flip it to major
        put it in a minor key
        remake this as lofi
        do it as a slow ballad
        give me a salsa take on #2
        let me hear it in 6/8
        redo this with new chords
        make a jazzier arrangement
        write a variation where it's slower
        a piano version of this please
        what if it were a waltz
        rewrite it at half the tempo
        could this be turned into a march
        can you make it minor
        turn the song into a samba
    """,
    "continue_track": """
        carry on from where it stops
        continue it for another 20 seconds
        give it an ending
        write an outro for it
        add another verse
        finish the song
        finish it off
        make it go on for 30 more seconds
        extend it by 16 bars
        compose a bridge for this song
        take it from 0:45 and go somewhere new
        add a coda
        write what happens next
        go on from bar 12
        could you continue this melody
        keep it going for a minute
        add 8 more bars
        make another minute of it
        write the next part
        it stops too early, can you finish it
        write a proper ending for #2
        go on from 1:10
    """,
    "structure": """
        add strings to the chorus
        lay a string pad over the verse
        compose backing vocals for the chorus
        write a horn section part for the second verse
        layer some pads under the intro
        continue from the second chorus
        add an instrumental break after the second chorus
        carry on from the end of verse 2
    """,
}
NO_ORDERS = """
    write out the chords
    give me the bassline
    make it louder
    play it
    a drum track only please
    I need the drums
    find something slow and mournful
    make a playlist
    cover letter
    give me a chord chart
    give me a lead sheet in G
    I need a karaoke version
    a backing track please
    get me a backing track
    I want a backing track of this without vocals
    is there a drum loop
    what's the drum beat at 90 bpm
    is it a four chord loop in G
    what groove is it
    does the bass play a riff in E
    give me a song in E minor
    find me a waltz in D
    give me some tracks at 120 bpm
    I want something around 120 bpm for my set
    need a track that mixes into this
    what would mix well with this
    what goes well with this
    which songs go with it
    put it in my playlist
    add it to the playlist
    add this song to my library
    add a note: great bass
    note that the drums are loud
    add a tag
    put the drums in a separate file
    drop the drums
    take out the vocals
    do a summary
    give me another example
    another question
    give me something to listen to
    tell me more
    what would it sound like in a club
    how would it sound on the radio
    does it sound like jazz
    does it feel like a waltz
    it feels like a march, is it?
    is it in 3/4
    change the key to G
    transpose it to G
    what would it be in G
    what key would it be in up a tone
    convert it to mp3
    turn it up
    turn it down
    turn this into a score
    change it to the other track
    make it a wav
    set it as current
    I want it in G for my capo
    I want it as sheet music
    I want this as a midi file
    have it as a pdf
    do it in the browser
    arrange them by tempo
    play the second track
    finish
    go on, tell me
    what comes next after the chorus
    what chord comes next
    what happens next
    what happens in the next section
    when does the next verse start
    how does the song continue after the chorus
    complete the sentence
    add up the bars
    how many bars of drums are there
    how long is the final chorus
    where does the last verse end
    pick out the bassline
    pull out the bass
    pull up a waltz
    bring up the drums
    split out the drums
    write down the melody
    write out the bassline as notes
    jot down the chords under the chorus
    figure out a tempo
    work out the key
    count out a bar
    show me a chord that goes with this
    which scale goes over these chords
    what scale can i solo with over it
    what can I play over this
    which chords go under the melody
    can i play guitar along with this
    is it good for jamming over
    I need a tempo
    need a key
    give me a bar count
    get me a cup of tea
    tell me a joke
    write me a poem
    write me an email
    make me a sandwich
    compose an email
    generate a report
    create an account
    do my homework
    give me two minutes
    give me a minute
    one more thing
    a bit more about the drums
    I need music theory help
    I love the groove of it
    nice beat
    the piano over the chorus is lovely
    there's a synth under the verse, right?
    drums come in over the verse
    is there a pad under it
    loud drums over the chorus?
    strings over the bridge, yes or no
    how about the bass
    what about drums
    what about a piano
    how about the second track
    and the guitar?
    give me the tempo in the chorus
    give me drums from the chorus
    give me bass and drums only
    just the piano part
    a midi of the piano part
    I need a stem of the bass to practise with
    vocals only over the chorus
    a slow song
    an upbeat tune please
    something upbeat
    something like #2
    anything in D minor?
    anything at 90 bpm
    I want to hear the melody
    let me hear the drums
    can I get the chords
    can we have the tempo now
    any chance of the lyrics
    hit me with the facts
    fancy telling me the key?
    could you do the same for #2
    same for #2
    the same but for the second one
    do the same with the other
    have you got a blues in A
    got something in 3/4?
    is this a variation of #2
    is it a cover version
    which version is it
    is there a key change in the last chorus
    how would you describe it
    is it in minor
    design a logo
    score out of ten?
    score it from 1 to 10
    build me a set around 124
    make a list of songs like this
    make a mix of these
    do a mashup
    what's the difference between a waltz and a march
    what is a countermelody
    explain what a vamp is
    how do i write a bassline
    how do I make a beat like this
    can you make music
    can you write music?
    can you generate songs
    what kind of music can you make
    how do you make music
    could you compose
"""
FRESH = Situation(TRACKS, MADE.tools)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


@pytest.mark.parametrize(
    ("question", "tool"), [(q, tool) for tool, text in ORDERS.items() for q in _lines(text)]
)
def test_people_order_music_in_words_of_their_own(question: str, tool: str) -> None:
    assert [name for name, _ in calls(question)] == [tool]


@pytest.mark.parametrize("question", _lines(NO_ORDERS))
@pytest.mark.parametrize("situation", [FRESH, MADE], ids=["fresh", "made"])
def test_what_looks_like_an_order_makes_nothing(question: str, situation: Situation) -> None:
    asks = kept(understand(question, situation), question, situation)
    asks = doable(asks, question, situation)
    assert not {call.tool for call in plan(asks, situation)} & set(TOOLS)


@pytest.mark.parametrize(
    "question", ["do another one", "one more", "another one like that please", "again", "try again"]
)
def test_the_same_order_is_given_once_more(question: str) -> None:
    order = {"description": "waltz in F", "like": "#1"}
    made = Finding("generate", order, track={"handle": "#2"})
    situation = Situation(TRACKS, MADE.tools, focus=("#2",), earlier=(made,))
    [call] = plan(doable(understand(question, situation), question, situation), situation)
    assert (call.tool, dict(call.args)) == ("generate", order)


@pytest.mark.parametrize("question", ["keep going", "go on", "carry on please", "keep playing"])
def test_a_piece_just_made_goes_on(question: str) -> None:
    [call] = plan(doable(understand(question, MADE), question, MADE), MADE)
    assert (call.tool, call.args["track"]) == ("continue_track", "#2")
