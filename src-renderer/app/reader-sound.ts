/** A short tone when a card was read: the clerk looks at the card, not at the screen. Silent where there is no sound card. */
export function playReaderSound(): void {
  try {
    const context = new AudioContext()
    const oscillator = context.createOscillator()
    const volume = context.createGain()
    oscillator.frequency.value = 1_760
    volume.gain.value = 0.08
    oscillator.connect(volume).connect(context.destination)
    oscillator.onended = () => void context.close()
    oscillator.start()
    oscillator.stop(context.currentTime + 0.09)
  } catch {
    // No sound is no fault.
  }
}
