/// ln 2: what a logarithm to the base e is divided by to give bits.
package let natsPerBit = 0.693_147_180_559_945_3
