# A formula for Homebrew, to be put into a tap. It was written by its documentation and has not been run: url and sha256
# are those of a release's source archive, filled in by scripts/release.
class InnTui < Formula
  desc "Terminal explorer of Intelligent Neural Networks"
  homepage "https://arxiv.org/abs/2511.22813"
  url "@URL@"
  sha256 "@SHA256@"
  license "MIT"

  depends_on xcode: ["26.0", :build]
  depends_on "pkgconf" => :build
  depends_on "python@3.13" => :build
  depends_on "libarchive"
  depends_on macos: :sequoia

  uses_from_macos "ncurses"
  uses_from_macos "sqlite"
  uses_from_macos "zlib"

  def install
    ENV.prepend_path "PKG_CONFIG_PATH", formula_opt_lib/"pkgconfig"
    # Homebrew has a sandbox of its own.
    system "swift", "build", "--disable-sandbox", "-c", "release", "--product", "inn-tui"
    system "scripts/make-manual", ".build/release/inn-tui", ".build/manual"
    ENV["PREFIX"] = prefix
    system "scripts/install-program", "install", ".build/release/inn-tui", ".build/manual"
  end

  def formula_opt_lib = Formula["libarchive"].opt_lib

  test do
    assert_match version.to_s, shell_output("#{bin}/inn-tui --version")
    assert_match "BPC", shell_output("#{bin}/inn-tui eval --characters 2048 2>/dev/null", 0)
  end
end
